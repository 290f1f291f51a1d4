import { createCounter } from '@ticketing/common/telemetry';
import type { EventData } from '@ticketing/contracts/events';
import type { Context } from '../context.ts';
import { passIdOf } from '../passes/pass-issuer.ts';
import { changePlace } from './change-place.ts';
import { positionOf } from './place.ts';

const paymentsKept = 8;
const finished = createCounter('ticketing_queue_finished_total', 'Passes that ended in a payment');

/** A payment ends the pass that it was made with and frees its slot. A place that still waits, or that had another pass, stays. */
export async function finishPlace(ctx: Context, payment: EventData<'payment.completed'>): Promise<void> {
  const { concertId, userId, paymentId, passId } = payment;
  const room = await ctx.rooms.find(concertId);
  if (!room) return;
  const serving = await ctx.counters.reload(room);
  const { ended } = await changePlace(ctx, room, userId, async (place) => {
    if (place.payments.includes(paymentId)) return place;
    const payments = [...place.payments, paymentId].slice(-paymentsKept);
    const position = await positionOf(ctx.draws, room, place, serving);
    const wasLetIn = position !== undefined && position <= serving.serving;
    const isOther = wasLetIn && passId !== undefined && passId !== passIdOf(room, userId, position);
    return place.ended || !wasLetIn || isOther ? { ...place, payments } : { ...place, payments, ended: 'paid' };
  });
  if (ended) finished.add(1);
}
