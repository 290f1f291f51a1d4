import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { queueTokenSchema, toQueueToken } from './queue-token.ts';

export const joinQueue = defineRoute(
  {
    method: 'post',
    path: '/api/v1/queue/tokens',
    operationId: 'joinQueue',
    summary: 'Join a waiting room',
    description:
      'Joining again answers 200 with the same place; before the draw also after leaving, with the same join number. ' +
      'Rooms can be joined from some weeks before their opening until their last performance begins.',
    tag: 'Waiting room',
    access: signedIn,
    limit: 'joins',
    addressLimit: 'joins-of-address',
    input: { body: z.strictObject({ concertId: id }).meta({ id: 'JoinQueue' }) },
    responses: { 201: queueTokenSchema, 200: queueTokenSchema },
    problems: [
      ...(['concert-not-found', 'room-closed', 'room-not-open-yet', 'sale-over'] as const),
      ...(['address-not-verified', 'too-many-joins', 'too-many-rooms', 'waiting-room-lost'] as const),
    ],
  },
  async ({ services, placeReader }, { body: { concertId } }, { user }) => {
    const askedAt = performance.now();
    const { result, created } = await services.queue.joinQueue({ concertId, userId: user.id, verified: user.verified });
    if (result.case !== 'token') return refused(result);
    placeReader.remember(user.id, result.value, askedAt);
    const body = toQueueToken(result.value);
    return created ? { status: 201, headers: { location: `/api/v1/queue/tokens/${concertId}` }, body } : { status: 200, body };
  },
);
