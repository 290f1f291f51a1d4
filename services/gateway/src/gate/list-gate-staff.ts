import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { gateStaffSchema, toGateStaff } from './gate-staff.ts';

export const listGateStaff = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/performances/{id}/gate-staff',
    operationId: 'listGateStaff',
    summary: 'The accounts at the gate of a performance',
    tag: 'Gate',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }) },
    responses: { 200: z.object({ items: z.array(gateStaffSchema) }).meta({ id: 'GateStaffList' }) },
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  async ({ services, holderNames }, { params }, { user }) => {
    const { result } = await services.concert.listGateStaff({ actor: toActor(user), performanceId: params.id });
    if (result.case !== 'staff') return refused(result);
    const items = await Promise.all(result.value.items.map(async (staff) => toGateStaff(staff, await holderNames(staff.userId))));
    return { status: 200, body: { items } };
  },
);
