import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const revokePass = defineRoute(
  {
    method: 'delete',
    path: '/api/v1/admin/rooms/{concertId}/passes/{userId}',
    operationId: 'revokePass',
    summary: 'Take a person’s place and pass away',
    description: 'Within a second the pass holds no more seats. What is held already can be paid for.',
    tag: 'Administration',
    access: role('operator'),
    input: { params: z.object({ concertId: id, userId: id }) },
    responses: { 204: null },
    problems: ['not-in-queue', 'concert-not-found', 'waiting-room-lost'],
    absent: 'not-in-queue',
  },
  async ({ services }, { params: { concertId, userId } }, { user }) => {
    const { refusal } = await services.queue.revokePass({ actor: toActor(user), concertId, userId });
    return refusal ? refused({ case: 'refusal', value: refusal }) : { status: 204 };
  },
);
