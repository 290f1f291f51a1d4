import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const leaveQueue = defineRoute(
  {
    method: 'delete',
    path: '/api/v1/queue/tokens/{concertId}',
    operationId: 'leaveQueue',
    summary: 'Leave a waiting room',
    tag: 'Waiting room',
    access: signedIn,
    input: { params: z.object({ concertId: id }) },
    responses: { 204: null },
    problems: ['not-in-queue', 'concert-not-found', 'waiting-room-lost'],
    absent: 'not-in-queue',
  },
  async ({ services, placeReader }, { params: { concertId } }, { user }) => {
    // Without an answer, too, the person may have left.
    const { refusal } = await services.queue
      .leaveQueue({ concertId, userId: user.id })
      .finally(() => placeReader.forget(concertId, user.id));
    return refusal ? refused({ case: 'refusal', value: refusal }) : { status: 204 };
  },
);
