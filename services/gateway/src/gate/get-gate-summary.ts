import { z } from 'zod';
import { gateStaff, toActor } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

const sectionSchema = z
  .object({ section: z.string(), sold: z.int().meta({ description: 'Good tickets.' }), checkedIn: z.int() })
  .meta({ id: 'GateSection' });

export const getGateSummary = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/performances/{id}/check-ins/summary',
    operationId: 'getGateSummary',
    summary: 'How many were let in, by section',
    tag: 'Gate',
    access: gateStaff,
    input: { params: z.object({ id }) },
    responses: { 200: z.object({ items: z.array(sectionSchema) }).meta({ id: 'GateSummary' }) },
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  async ({ services }, { params }, { user }) => {
    const { result } = await services.reservation.getGateSummary({ actor: toActor(user), performanceId: params.id });
    if (result.case !== 'summary') return refused(result);
    const items = result.value.sections.map(({ section, sold, checkedIn }) => ({ section, sold, checkedIn }));
    return { status: 200, body: { items } };
  },
);
