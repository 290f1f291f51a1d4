import { createCounter } from '@ticketing/common/telemetry';
import type { EventData } from '@ticketing/contracts/events';
import type { Context } from '../context.ts';
import { passIdOf } from '../passes/pass-issuer.ts';
import type { Room } from '../rooms/room.ts';
import { changePlaces, freePlaces, type PlaceChange } from './change-place.ts';
import { type Place, positionOf } from './place.ts';

type Payment = EventData<'payment.completed'>;

const paymentsKept = 8;
const finished = createCounter('ticketing_queue_finished_total', 'Passes that ended in a payment');

/** Payments end the passes that they were made with and free their slots. A place that still waits, or that had another pass, stays. */
export async function finishPlaces(ctx: Context, payments: Payment[]): Promise<void> {
  const byConcert = new Map<string, Payment[]>();
  for (const payment of payments) byConcert.set(payment.concertId, [...(byConcert.get(payment.concertId) ?? []), payment]);
  await Promise.all([...byConcert].map(([concertId, ofConcert]) => finishPlacesIn(ctx, concertId, ofConcert)));
}

async function finishPlacesIn(ctx: Context, concertId: string, payments: Payment[]): Promise<void> {
  const room = await ctx.rooms.find(concertId);
  if (!room) return;
  const changes = await changePlaces(
    ctx,
    room,
    payments.map((payment) => endPaidPlace(ctx, room, payment)),
  );
  await freePlaces(
    ctx,
    room,
    changes.flatMap(({ after }) => after ?? []),
  );
  const ended = changes.filter(({ before, after }) => after?.ended && !before?.ended).length;
  if (ended > 0) finished.add(ended);
}

function endPaidPlace(ctx: Context, room: Room, { userId, paymentId, passId }: Payment): PlaceChange {
  return {
    userId,
    next: async (place) => {
      if (place.payments.includes(paymentId)) return place;
      const payments = [...place.payments, paymentId].slice(-paymentsKept);
      const position = place.ended ? undefined : await findLetIn(ctx, room, place);
      const isOther = position !== undefined && passId !== undefined && passId !== passIdOf(room, userId, position);
      return position === undefined || isOther ? { ...place, payments } : { ...place, payments, ended: 'paid' };
    },
  };
}

/** The position of a person who was let in. The cached serving record is read again only if it says no: once let in, a position stays so. */
async function findLetIn(ctx: Context, room: Room, place: Place): Promise<number | undefined> {
  for (const read of [ctx.counters.get, ctx.counters.reload]) {
    const serving = await read(room);
    const position = await positionOf(ctx.draws, room, place, serving);
    if (position !== undefined && position <= serving.serving) return position;
  }
  return undefined;
}
