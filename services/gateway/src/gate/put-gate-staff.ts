import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { gateStaffSchema, toGateStaff } from './gate-staff.ts';

export const putGateStaff = defineRoute(
  {
    method: 'put',
    path: '/api/v1/admin/performances/{id}/gate-staff/{userId}',
    operationId: 'putGateStaff',
    summary: 'Let an account work at the gate of a performance',
    tag: 'Gate',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id, userId: id }) },
    responses: { 200: gateStaffSchema },
    problems: ['performance-not-found', 'user-not-found', 'gate-staff-full'],
    absent: 'performance-not-found',
  },
  async ({ services }, { params }, { user }) => {
    // Whose the performance is comes first: who may not know it is told nothing about accounts either.
    const request = { actor: toActor(user), performanceId: params.id };
    const { result: look } = await services.concert.listGateStaff(request);
    if (look.case !== 'staff') return refused(look);
    const { result: account } = await services.user.getUser({ userId: params.userId });
    if (account.case !== 'user') return refused(account);
    const { result } = await services.concert.putGateStaff({ ...request, userId: params.userId });
    if (result.case !== 'staff') return refused(result);
    return { status: 200, body: toGateStaff(result.value, account.value.name) };
  },
);
