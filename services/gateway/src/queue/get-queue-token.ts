import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { queueTokenSchema } from './queue-token.ts';

export const getQueueToken = defineRoute(
  {
    method: 'get',
    path: '/api/v1/queue/tokens/{concertId}',
    operationId: 'getQueueToken',
    summary: 'My place in a waiting room',
    tag: 'Waiting room',
    access: signedIn,
    hot: true,
    limit: 'polls',
    addressLimit: 'polls-of-address',
    input: { params: z.object({ concertId: id }) },
    responses: { 200: queueTokenSchema },
    problems: ['not-in-queue', 'concert-not-found', 'waiting-room-lost'],
    absent: 'not-in-queue',
  },
  async ({ placeReader }, { params }, { user }) => {
    const result = await placeReader.read(params.concertId, user.id);
    if (result.case !== 'token') return refused(result);
    return { status: 200, body: result.value };
  },
);
