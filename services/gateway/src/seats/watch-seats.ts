import { z } from 'zod';
import { passHolder } from '../auth/access.ts';
import { id, shownId } from '../http/fields.ts';
import { problem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { seatStatuses } from './seat-watcher.ts';

const seatNews = z
  .object({
    performanceId: shownId,
    version: z.int().meta({ description: 'As in the seat map. Of two events the later one is right, whatever their versions are.' }),
    complete: z.boolean().meta({
      description: 'True when `seats` lists all seats: discard the earlier ones. False when it lists only those that have changed.',
    }),
    seats: z.array(z.object({ id: shownId, status: z.enum(seatStatuses) })),
  })
  .meta({ id: 'SeatNews', description: 'Changes of seats.' });

export const watchSeats = defineRoute(
  {
    method: 'get',
    path: '/api/v1/performances/{id}/seats/events',
    operationId: 'watchSeats',
    summary: 'The seats of a performance, whenever they change',
    description:
      'Server-sent events. The first one has every seat; later ones have the seats that have changed since, within a second. ' +
      'A client that reconnects with Last-Event-ID gets nothing while nothing has changed, and every seat otherwise.',
    tag: 'Seats and reservations',
    access: passHolder,
    input: { params: z.object({ id }) },
    responses: { 200: seatNews },
    streams: true,
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  async ({ seatWatcher }, { params }, { user, pass }) => {
    const look = await seatWatcher.look(params.id);
    if (!('concertId' in look)) return refused(look);
    if (look.concertId !== pass.concertId) return problem('queue-pass-invalid', { detail: 'The queue pass is for another concert.' });
    return { status: 200, stream: { owner: user.id, open: (listener) => seatWatcher.watch(params.id, look, listener) } };
  },
);
