import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { queueTokenSchema } from './queue-token.ts';

export const watchQueueToken = defineRoute(
  {
    method: 'get',
    path: '/api/v1/queue/tokens/{concertId}/events',
    operationId: 'watchQueueToken',
    summary: 'My place in a waiting room, whenever it changes',
    description:
      'Server-sent events with the same object as a poll, within two seconds of a change. A listening client takes its pass when it is called. ' +
      'With Last-Event-ID a client that reconnects gets only what is new.',
    tag: 'Waiting room',
    access: signedIn,
    limit: 'polls',
    addressLimit: 'polls-of-address',
    input: { params: z.object({ concertId: id }) },
    responses: { 200: queueTokenSchema },
    streams: true,
    problems: ['not-in-queue', 'concert-not-found', 'waiting-room-lost'],
    absent: 'not-in-queue',
  },
  async ({ placeReader, placeWatcher }, { params: { concertId } }, { user }) => {
    const result = await placeReader.read(concertId, user.id);
    if (result.case !== 'token') return refused(result);
    const { value: first } = result;
    return { status: 200, stream: { owner: user.id, open: (listener) => placeWatcher.watch(concertId, user.id, first, listener) } };
  },
);
