import { idToBinary, isDuplicateKey, newId, type Queryable } from '@ticketing/common/database';
import { isRefusal, type Refusal, refuse } from '@ticketing/common/refusal';
import { lockPayment, type PaidTicket, type Payment } from '../payments/payment.ts';
import { beginSagas, type Saga } from '../sagas/saga-store.ts';
import { findLiveRefunds, type Refund } from './refund.ts';

export interface RefundOrder {
  /** The instance that will drive its saga. */
  owner: string;
  byOperator: boolean;
  /** All that are left where none are named. */
  ticketIds?: readonly string[];
  /** By seat id: what the tickets cost that are named, where the payment does not know it. */
  prices?: ReadonlyMap<string, number>;
}

/**
 * Begins to give a payment back, or some tickets of it, for its payer or at the wish of an operator. Refuses with `ticket-not-found`,
 * `already-refunded` or `refund-not-allowed`; then the caller must roll back.
 */
export async function beginRefund(
  tx: Queryable,
  { id: paymentId }: Pick<Payment, 'id'>,
  { owner, byOperator, ticketIds = [], prices = new Map() }: RefundOrder,
): Promise<{ refund: Refund; saga: Saga } | Refusal> {
  const payment = await lockPayment(tx, paymentId);
  const { status, tickets } = payment;
  if (status !== 'COMPLETED' && status !== 'REFUNDED') return refuse('refund-not-allowed', 'Only a completed payment can be refunded.');
  if (!ticketIds.every((id) => tickets.some((ticket) => ticket.id === id)))
    return refuse('ticket-not-found', 'The payment has no such ticket.');
  if (status === 'REFUNDED') return refuse('already-refunded', 'It is refunded already.');
  const live = await findLiveRefunds(tx, payment.id);
  const priced = tickets.map((ticket) => ({ ...ticket, price: ticket.price ?? prices.get(ticket.seatId) }));
  const plan = planRefund({ ...payment, tickets: priced }, ticketIds, live);
  if (isRefusal(plan)) return plan;
  const { wanted, amount, isWhole } = plan;
  const refund: Refund = {
    ...{ id: newId(), paymentId: payment.id, amount, status: 'PENDING', failure: undefined },
    ...{ byOperator, ticketIds: isWhole ? [] : wanted.map(({ id }) => id), hasKey: live.length === 0 },
  };
  if (!(await insertRefund(tx, refund))) return refuse('already-refunded', 'There is a refund of it already.');
  const steps = { 'request-refund': 'done', 'release-reservation': 'begun' };
  const [saga] = await beginSagas(tx, [refund.id], { kind: isWhole ? 'refund' : 'part-refund', owner, steps });
  if (!saga) throw new Error('no saga was begun');
  return { refund, saga };
}

interface Plan {
  wanted: PaidTicket[];
  amount: number;
  /** Nothing of the payment was given back before, and nothing is left afterwards. */
  isWhole: boolean;
}

function planRefund({ tickets, amount: paid }: Payment, ticketIds: readonly string[], live: Refund[]): Plan | Refusal {
  const gone = new Set(live.flatMap((refund) => refund.ticketIds));
  const left = tickets.filter(({ id }) => !gone.has(id));
  const wanted = ticketIds.length === 0 ? left : tickets.filter(({ id }) => ticketIds.includes(id));
  const hasAll = live.some((refund) => refund.ticketIds.length === 0);
  if (hasAll || wanted.length === 0 || wanted.some(({ id }) => gone.has(id))) {
    return refuse('already-refunded', 'There is a refund of it already.');
  }
  const isRest = wanted.length === left.length;
  const amount = isRest ? live.reduce((rest, refund) => rest - refund.amount, paid) : sumOf(wanted);
  return { wanted, amount, isWhole: isRest && live.length === 0 };
}

/** @throws Error when a price is not known */
function sumOf(tickets: PaidTicket[]): number {
  return tickets.reduce((sum, { id, price }) => {
    if (price === undefined) throw new Error(`nobody has said what ticket ${id} costs`);
    return sum + price;
  }, 0);
}

/** False: one of its tickets, or the payment, has a refund that is done or under way. The unique keys decide. */
async function insertRefund(tx: Queryable, { id, paymentId, amount, byOperator, ticketIds, hasKey }: Refund): Promise<boolean> {
  const [refund, payment] = [idToBinary(id), idToBinary(paymentId)];
  try {
    await tx.execute(
      "INSERT INTO refunds (id, payment_id, live_payment_id, amount, status, by_operator) VALUES (?, ?, ?, ?, 'PENDING', ?)",
      [refund, payment, hasKey ? payment : null, amount, byOperator],
    );
    if (ticketIds.length === 0) return true;
    await tx.execute('INSERT INTO refund_tickets (refund_id, ticket_id, live_ticket_id) VALUES ?', [
      ticketIds.map(idToBinary).map((ticket) => [refund, ticket, ticket]),
    ]);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
