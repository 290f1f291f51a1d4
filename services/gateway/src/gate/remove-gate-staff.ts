import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const removeGateStaff = defineRoute(
  {
    method: 'delete',
    path: '/api/v1/admin/performances/{id}/gate-staff/{userId}',
    operationId: 'removeGateStaff',
    summary: 'Take an account from the gate of a performance',
    description: 'Its scans are refused within ten seconds.',
    tag: 'Gate',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id, userId: id }) },
    responses: { 204: null },
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  async ({ services }, { params }, { user }) => {
    const { refusal } = await services.concert.removeGateStaff({
      actor: toActor(user),
      performanceId: params.id,
      userId: params.userId,
    });
    return refusal ? refused({ case: 'refusal', value: refusal }) : { status: 204 };
  },
);
