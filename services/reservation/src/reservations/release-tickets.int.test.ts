import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import {
  ConfirmReservationRequestSchema,
  GetReservationRequestSchema,
  GetTicketRequestSchema,
  ReleaseTicketsRequestSchema,
  ReservationStatus,
  TicketStatus,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Performance } from '../performances/performances.ts';
import { askForSeats, countSeats, createTestContext, letBegin, openSale } from '../testing/test-sale.ts';
import { getTicket } from '../tickets/get-ticket.ts';
import { confirmReservation } from './confirm-reservation.ts';
import { getReservation } from './get-reservation.ts';
import { releaseTickets } from './release-tickets.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

interface Order {
  id: string;
  userId: string;
  paymentId: string;
  tickets: { id: string; seatId: string; price: bigint }[];
}

async function confirm({ id, userId, paymentId }: Omit<Order, 'tickets'>): Promise<Order['tickets'] | string> {
  const { result } = await confirmReservation(ctx, create(ConfirmReservationRequestSchema, { reservationId: id, userId, paymentId }));
  if (result?.case !== 'confirmation') return result?.value?.code ?? '';
  return (result.value.tickets ?? []).map((ticket) => ({ id: ticket.id ?? '', seatId: ticket.seatId ?? '', price: ticket.price ?? -1n }));
}

async function buy(performance: Performance, seatIds: string[], userId = newId()): Promise<Order> {
  const held = await askForSeats(ctx, performance, { seatIds, userId });
  if (typeof held === 'string') throw new Error(`refused: ${held}`);
  const order = { ...held, paymentId: newId() };
  const tickets = await confirm(order);
  if (typeof tickets === 'string') throw new Error(`refused: ${tickets}`);
  return { ...order, tickets };
}

interface Wish {
  refundId?: string;
  byOperator?: boolean;
  amount?: number;
  db?: Context['db'];
}

/** `released`, or the code of the refusal. */
async function release(order: Pick<Order, 'id' | 'paymentId'>, tickets: Order['tickets'], wish: Wish = {}): Promise<string> {
  const { refundId = newId(), byOperator = false, db = ctx.db } = wish;
  const amount = wish.amount === undefined ? tickets.reduce((sum, { price }) => sum + price, 0n) : BigInt(wish.amount);
  const request = {
    reservationId: order.id,
    paymentId: order.paymentId,
    refundId,
    ticketIds: tickets.map(({ id }) => id),
    amount,
    byOperator,
  };
  const { result } = await releaseTickets({ ...ctx, db }, create(ReleaseTicketsRequestSchema, request));
  return result?.case === 'release' ? 'released' : (result?.value?.code ?? '');
}

async function look({ id: reservationId, userId }: Order) {
  const { result } = await getReservation(ctx, create(GetReservationRequestSchema, { reservationId, userId }));
  if (result?.case !== 'reservation') throw new Error('there is no reservation');
  const { status, seats = [], tickets = [] } = result.value;
  return {
    status,
    returned: seats.filter((seat) => seat.returned).map((seat) => seat.id),
    tickets: tickets.map((ticket) => ticket.id),
    seats,
  };
}

async function ticketStatus({ userId }: Order, { id: ticketId }: { id: string }): Promise<TicketStatus | undefined> {
  const { result } = await getTicket(ctx, create(GetTicketRequestSchema, { ticketId, userId }));
  return result?.case === 'ticket' ? result.value.status : undefined;
}

function eventsOf({ id }: Order) {
  return ctx.db.query<{ type: string; amount: number; seats: string; refund: string }>(
    `SELECT type, JSON_VALUE(data, '$.amount') + 0 AS amount, CAST(JSON_EXTRACT(data, '$.seatIds') AS CHAR) AS seats, JSON_VALUE(data, '$.refundId') AS refund
       FROM outbox_events WHERE aggregate_id = ? AND type LIKE '%refunded' ORDER BY seq`,
    [id],
  );
}

describe('releaseTickets', () => {
  it('voids these tickets, frees their seats and leaves the others; the rest can follow', async () => {
    const performance = await openSale(ctx, 3);
    const seatIds = [...performance.seats.keys()].slice(0, 2);
    const order = await buy(performance, seatIds);
    const [first, second] = [order.tickets[0]!, order.tickets[1]!];

    expect(await release(order, [first])).toBe('released');
    expect(await countSeats(ctx, performance)).toEqual({ SOLD: 1, AVAILABLE: 2 });
    expect([await ticketStatus(order, first), await ticketStatus(order, second)]).toEqual([TicketStatus.VOID, TicketStatus.VALID]);
    expect(await look(order)).toMatchObject({ status: ReservationStatus.CONFIRMED, returned: [first.seatId], tickets: [second.id] });
    expect((await look(order)).seats).toHaveLength(2);
    const next = await buy(performance, [first.seatId]);

    expect(await release(order, [second])).toBe('released');
    expect(await look(order)).toMatchObject({ status: ReservationStatus.REFUNDED, tickets: [] });
    expect(await look(next)).toMatchObject({ status: ReservationStatus.CONFIRMED, returned: [], tickets: [next.tickets[0]!.id] });
    expect(await countSeats(ctx, performance)).toEqual({ SOLD: 1, AVAILABLE: 2 });
  });

  it('tells what went back with each refund, and whether it was the last', async () => {
    const performance = await openSale(ctx, 3);
    const order = await buy(performance, [...performance.seats.keys()]);
    const [one, ...others] = order.tickets;
    const refunds = [newId(), newId()];
    await release(order, [one!], { refundId: refunds[0]! });
    await release(order, others, { refundId: refunds[1]! });
    const told = (await eventsOf(order)).map(({ seats, ...event }) => ({
      ...event,
      seats: z.array(z.string()).parse(JSON.parse(seats)).toSorted(),
    }));
    expect(told).toEqual([
      { type: 'reservation.partly-refunded', amount: 50_000, refund: refunds[0], seats: [one!.seatId] },
      { type: 'reservation.refunded', amount: 100_000, refund: refunds[1], seats: others.map(({ seatId }) => seatId).toSorted() },
    ]);
  });

  it('gives the same refund the same answer, and has its effect once', async () => {
    const performance = await openSale(ctx, 2);
    const order = await buy(performance, [...performance.seats.keys()]);
    const [ticket] = order.tickets;
    const refundId = newId();
    const answers = await Promise.all(Array.from({ length: 5 }, () => release(order, [ticket!], { refundId })));
    expect(answers).toEqual(Array(5).fill('released'));
    const next = await buy(performance, [ticket!.seatId]);
    await letBegin(ctx, performance);
    expect(await release(order, [ticket!], { refundId })).toBe('released');
    expect(await look(next)).toMatchObject({ status: ReservationStatus.CONFIRMED, tickets: [next.tickets[0]!.id] });
    expect(await eventsOf(order)).toHaveLength(1);
  });

  it('refuses once the performance has begun, unless an operator wants it, and the refusal of a refund stays', async () => {
    const performance = await openSale(ctx, 2);
    const order = await buy(performance, [...performance.seats.keys()]);
    const [one, two] = order.tickets;
    const refundId = newId();
    await letBegin(ctx, performance);
    expect(await release(order, [one!], { refundId })).toBe('refund-not-allowed');
    await letBegin(ctx, performance, -3_600);
    expect(await release(order, [one!], { refundId })).toBe('refund-not-allowed');
    expect(await countSeats(ctx, performance)).toEqual({ SOLD: 2 });
    expect(await release(order, [one!])).toBe('released');
    await letBegin(ctx, performance);
    expect(await release(order, [two!], { byOperator: true })).toBe('released');
  });

  it('is only for good tickets of this payment, and all of them or none', async () => {
    const performance = await openSale(ctx, 3);
    const [a, b, c] = [...performance.seats.keys()];
    const [order, other] = [await buy(performance, [a!, b!]), await buy(performance, [c!])];
    const [one, two] = order.tickets;
    expect(await release({ ...order, paymentId: newId() }, [one!])).toBe('reservation-not-found');
    expect(await release(order, [one!, other.tickets[0]!])).toBe('refund-not-allowed');
    expect(await release(order, [one!])).toBe('released');
    expect(await release(order, [one!, two!])).toBe('refund-not-allowed');
    expect(await countSeats(ctx, performance)).toEqual({ SOLD: 2, AVAILABLE: 1 });
  });

  it('does nothing where the amount is not the price, or a seat is missing', async () => {
    const performance = await openSale(ctx, 2);
    const order = await buy(performance, [...performance.seats.keys()]);
    const [one] = order.tickets;
    const refundId = newId();
    await expect(release(order, [one!], { refundId, amount: 49_999 })).rejects.toThrow('the seats cost 50000');
    await ctx.db.execute('UPDATE seats SET reservation_id = NULL WHERE performance_id = ? AND id = ?', [
      idToBinary(performance.id),
      idToBinary(one!.seatId),
    ]);
    await expect(release(order, [one!], { refundId })).rejects.toThrow('0 of 1 seats');
    expect(await ticketStatus(order, one!)).toBe(TicketStatus.VALID);
    await ctx.db.execute('UPDATE seats SET reservation_id = ? WHERE performance_id = ? AND id = ?', [
      idToBinary(order.id),
      idToBinary(performance.id),
      idToBinary(one!.seatId),
    ]);
    expect(await release(order, [one!], { refundId })).toBe('released');
  });

  it('counts seats that were given back no more among those of a person', async () => {
    const performance = await openSale(ctx, 6, { maxSeatsPerPerson: 2 });
    const [a, b, c, d] = [...performance.seats.keys()];
    const order = await buy(performance, [a!, b!]);
    const more = (seatIds: string[]) => askForSeats(ctx, performance, { seatIds, userId: order.userId });
    expect(await more([c!])).toBe('person-limit-reached');
    await release(order, [order.tickets[0]!]);
    expect(await more([c!, d!])).toBe('person-limit-reached');
    expect(await more([c!])).toEqual(expect.objectContaining({ userId: order.userId }));
    expect(await more([d!])).toBe('person-limit-reached');
  });

  it('gives back seats that cost nothing beside others', async () => {
    const performance = await openSale(ctx, 1, { freeSeats: 1 });
    const order = await buy(performance, [...performance.seats.keys()]);
    const free = order.tickets.find(({ price }) => price === 0n);
    expect(await release(order, [free!], { amount: 0 })).toBe('released');
    expect(await look(order)).toMatchObject({ status: ReservationStatus.CONFIRMED, returned: [free!.seatId] });
    const rest = order.tickets.filter((ticket) => ticket !== free);
    expect(await release(order, rest, { amount: 50_000 })).toBe('released');
    expect(await look(order)).toMatchObject({ status: ReservationStatus.REFUNDED });
  });

  it('is not undone by a late copy of the confirmation', async () => {
    const performance = await openSale(ctx, 2);
    const order = await buy(performance, [...performance.seats.keys()]);
    const [one, two] = order.tickets;
    await release(order, [one!]);
    expect(await confirm(order)).toEqual(order.tickets);
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 1, SOLD: 1 });
    await release(order, [two!]);
    expect(await confirm(order)).toBe('already-paid');
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 2 });
  });
});

describe('two refunds of one reservation at once', () => {
  /** The second one comes while the first one is about to write. @param waits whether the first one waits until the second one is done */
  async function meet(tickets: (order: Order) => [Order['tickets'], Order['tickets']], db: Context['db'], waits: boolean) {
    const performance = await openSale(ctx, 2);
    const order = await buy(performance, [...performance.seats.keys()]);
    const [first, second] = tickets(order);
    let other: Promise<string> | undefined;
    const paused = withPause(db, 'SET returned_seats', async () => {
      other ??= release(order, second, { db });
      if (waits) await other;
    });
    const one = await release(order, first, { db: paused }).catch((error: unknown) => (error instanceof Error ? error.message : ''));
    return { answers: [one, await other], reservation: await look(order), seats: await countSeats(ctx, performance) };
  }

  const unlocked = () => withoutGuard(ctx.db, ' FOR UPDATE', '');
  const different = ({ tickets: [one, two] }: Order): [Order['tickets'], Order['tickets']] => [[one!], [two!]];
  const same = ({ tickets: [one] }: Order): [Order['tickets'], Order['tickets']] => [[one!], [one!]];

  it('end it together', async () => {
    const { answers, reservation, seats } = await meet(different, ctx.db, false);
    expect(answers).toEqual(['released', 'released']);
    expect(reservation).toMatchObject({ status: ReservationStatus.REFUNDED, tickets: [] });
    expect(seats).toEqual({ AVAILABLE: 2 });
  });

  it('would leave it CONFIRMED without any ticket if they did not take turns', async () => {
    const { answers, reservation } = await meet(different, unlocked(), true);
    expect(answers).toEqual(['released', 'released']);
    expect(reservation).toMatchObject({ status: ReservationStatus.CONFIRMED, tickets: [] });
  });

  it('free a seat once', async () => {
    const { answers, reservation, seats } = await meet(same, ctx.db, false);
    expect(answers).toEqual(['released', 'refund-not-allowed']);
    expect(reservation).toMatchObject({ status: ReservationStatus.CONFIRMED });
    expect(seats).toEqual({ SOLD: 1, AVAILABLE: 1 });
  });

  it('would meet a seat that is gone if they did not take turns', async () => {
    const { answers } = await meet(same, unlocked(), true);
    expect(answers).toEqual([expect.stringContaining('0 of 1 seats'), 'released']);
  });
});
