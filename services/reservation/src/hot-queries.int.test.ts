import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeIdCursor } from '@ticketing/common/cursor';
import { idFromBinary, idToBinary, newId } from '@ticketing/common/database';
import { type ExplainedStatement, explained, wholeScans } from '@ticketing/common/testing/explained';
import { manyRows, storedNumberedId } from '@ticketing/common/testing/many-rows';
import { writePlans } from '@ticketing/common/testing/plan-table';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import {
  GetOrderRequestSchema,
  ListAttendeesRequestSchema,
  ListOrdersRequestSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/orders_pb';
import {
  AbandonReservationRequestSchema,
  CancelReservationRequestSchema,
  ConfirmReservationRequestSchema,
  CountLiveTicketsRequestSchema,
  GetAvailabilityRequestSchema,
  GetGateListRequestSchema,
  GetReservationRequestSchema,
  GetTicketRequestSchema,
  ListReservationsRequestSchema,
  ReleaseReservationRequestSchema,
  ReleaseTicketsRequestSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { ListTicketsRequestSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/tickets_pb';
import type { Context } from './context.ts';
import { countCheckIns } from './gate/count-check-ins.ts';
import { getGateList } from './gate/get-gate-list.ts';
import { numberChanges } from './gate/number-changes.ts';
import { recordScans } from './gate/record-scans.ts';
import { getOrder } from './orders/get-order.ts';
import { listAttendees } from './orders/list-attendees.ts';
import { listOrders } from './orders/list-orders.ts';
import { createPerformances, type Performance } from './performances/performances.ts';
import { stopSales } from './performances/stop-sales.ts';
import { abandonReservation } from './reservations/abandon-reservation.ts';
import { cancelReservation } from './reservations/cancel-reservation.ts';
import { confirmReservation } from './reservations/confirm-reservation.ts';
import { endHolds } from './reservations/end-holds.ts';
import { expireHolds } from './reservations/expire-holds.ts';
import { getReservation } from './reservations/get-reservation.ts';
import { listReservations } from './reservations/list-reservations.ts';
import { placeHold } from './reservations/place-hold.ts';
import { releaseReservation } from './reservations/release-reservation.ts';
import { releaseTickets } from './reservations/release-tickets.ts';
import { getAvailability } from './seats/get-availability.ts';
import { createSeatCounts } from './seats/seat-counts.ts';
import { createSeatMaps } from './seats/seat-maps.ts';
import { writeCountRace } from './testing/count-race.ts';
import { filledTables, fillReservations } from './testing/many-reservations.ts';
import { createGateTestContext, steward, undo } from './testing/test-gate.ts';
import { openSale } from './testing/test-sale.ts';
import { accept, linkFor, revoke } from './testing/test-tickets.ts';
import { countLiveTickets } from './tickets/count-live-tickets.ts';
import { getTicket } from './tickets/get-ticket.ts';
import { listTickets } from './tickets/list-tickets.ts';

let ctx: Context;
let performance: Performance;
const plans: Record<string, ExplainedStatement[]> = {};

beforeAll(async () => {
  ctx = await createGateTestContext();
  performance = await openSale(ctx, 1_000);
  await fillReservations(ctx.db);
}, 900_000);
afterAll(async () => {
  await writePlans({ service: 'reservation', tables: filledTables, statements: plans });
  await writeCountRace();
  await ctx.stop();
}, 900_000);

const hold = (db = ctx.db, seatIds: string[] = []) => holdIn(performance, db, seatIds);

async function holdIn(at: Performance, db = ctx.db, seatIds: string[] = []): Promise<{ reservationId: string; userId: string }> {
  const order = {
    reservationId: newId(),
    userId: newId(),
    passId: '',
    performance: at,
    seatIds,
    quantity: 2,
    section: '',
    holdSeconds: 300,
  };
  await placeHold(db, { ...order, keep: () => ({ id: idToBinary(newId()), fingerprint: Buffer.alloc(32), answer: '{}' }) });
  return order;
}

async function freeSeat(): Promise<string> {
  const [row] = await ctx.db.query<{ id: Buffer }>(
    "SELECT id FROM seats WHERE performance_id = ? AND status = 'AVAILABLE' ORDER BY position DESC LIMIT 1",
    [idToBinary(performance.id)],
  );
  if (!row) throw new Error('no seat is free');
  return idFromBinary(row.id);
}

async function sell(db = ctx.db): Promise<{ reservationId: string; paymentId: string; userId: string; ticketId: string }> {
  const order = { ...(await hold()), paymentId: newId() };
  const { result } = await confirmReservation({ ...ctx, db }, create(ConfirmReservationRequestSchema, order));
  if (result?.case !== 'confirmation') throw new Error('it was not sold');
  return { ...order, ticketId: result.value.tickets?.[0]?.id ?? '' };
}

/** Sells a seat, and lets somebody in with it. @returns the ticket's id */
async function letIn(db = ctx.db): Promise<string> {
  const { ticketId } = await sell();
  const scan = {
    performanceId: performance.id,
    ticketId,
    nonce: newId(),
    gate: '',
    at: undefined,
    actorId: newId(),
    traceparent: undefined,
  };
  await recordScans(db, [scan]);
  return ticketId;
}

const hotPaths: Record<string, (db: Context['db']) => Promise<unknown>> = {
  'the layout of a performance': (db) => createPerformances(db).find(performance.id),
  'the seat map': (db) => createSeatMaps(db).get(performance.id),
  'a hold of named seats': async (db) => hold(db, [await freeSeat()]),
  'a hold of a seat that is gone': async (db) => {
    const seat = await freeSeat();
    await hold(ctx.db, [seat]);
    await hold(db, [seat]);
  },
  'a hold of the best seats': (db) => hold(db),
  'a sale': (db) => sell(db),
  'a reservation': async (db) => getReservation({ ...ctx, db }, create(GetReservationRequestSchema, await hold())),
  "a person's reservations": (db) =>
    listReservations(
      { ...ctx, db },
      create(ListReservationsRequestSchema, { userId: idFromBinary(storedNumberedId('user', 7)), limit: 5 }),
    ),
  "a person's reservations, later page": (db) => {
    const cursor = encodeIdCursor(idFromBinary(storedNumberedId('reservation', manyRows / 2)));
    return listReservations(
      { ...ctx, db },
      create(ListReservationsRequestSchema, { userId: idFromBinary(storedNumberedId('user', 7)), limit: 5, cursor }),
    );
  },
  'a ticket': async (db) => getTicket({ ...ctx, db }, create(GetTicketRequestSchema, await sell())),
  'tickets to come of a person': async (db) => countLiveTickets({ db }, create(CountLiveTicketsRequestSchema, await sell())),
  "a person's tickets": (db) =>
    listTickets({ db }, create(ListTicketsRequestSchema, { userId: idFromBinary(storedNumberedId('user', 7)), limit: 5 })),
  "a person's tickets, later page": (db) => {
    const cursor = encodeIdCursor(idFromBinary(storedNumberedId('ticket', manyRows / 2)));
    return listTickets({ db }, create(ListTicketsRequestSchema, { userId: idFromBinary(storedNumberedId('user', 7)), limit: 5, cursor }));
  },
  'a ticket that is passed on': async (db) => {
    const { ticketId, userId } = await sell();
    const { token } = await linkFor({ ...ctx, db }, ticketId, userId);
    await accept(ctx, token, newId(), { db });
  },
  'a link that is revoked': async (db) => {
    const { ticketId, userId } = await sell();
    const { id } = await linkFor(ctx, ticketId, userId);
    await revoke({ ...ctx, db }, ticketId, userId, id);
  },
  'orders of a concert': (db) =>
    listOrders({ db }, create(ListOrdersRequestSchema, { concertId: idFromBinary(storedNumberedId('concert', 3)), limit: 5 })),
  'orders of a concert, later page': (db) => {
    const cursor = encodeIdCursor(idFromBinary(storedNumberedId('reservation', manyRows / 2)));
    return listOrders(
      { db },
      create(ListOrdersRequestSchema, { concertId: idFromBinary(storedNumberedId('concert', 3)), limit: 5, cursor }),
    );
  },
  'orders of a person at a concert': (db) => {
    const [userId, concertId] = [idFromBinary(storedNumberedId('user', 7)), idFromBinary(storedNumberedId('concert', 3))];
    return listOrders({ db }, create(ListOrdersRequestSchema, { userId, concertId, limit: 5 }));
  },
  'the order of a seat': (db) =>
    listOrders({ db }, create(ListOrdersRequestSchema, { seatId: idFromBinary(storedNumberedId('seat', 4)), limit: 5 })),
  'an order': async (db) => getOrder({ db }, create(GetOrderRequestSchema, { orderId: (await sell()).reservationId })),
  'attendees of a performance': (db) =>
    listAttendees(
      { db },
      create(ListAttendeesRequestSchema, { performanceId: idFromBinary(storedNumberedId('performance', 3)), limit: 100 }),
    ),
  'a hold that is let go': async (db) => cancelReservation({ ...ctx, db }, create(CancelReservationRequestSchema, await hold())),
  'a payment that is abandoned': async (db) =>
    abandonReservation({ ...ctx, db }, create(AbandonReservationRequestSchema, { ...(await hold()), paymentId: newId() })),
  'a refund': async (db) => releaseReservation({ ...ctx, db }, create(ReleaseReservationRequestSchema, await sell())),
  'a refund of some tickets': async (db) => {
    const { reservationId, paymentId, ticketId } = await sell();
    const some = { reservationId, paymentId, refundId: newId(), ticketIds: [ticketId], amount: 50_000n };
    return releaseTickets({ ...ctx, db }, create(ReleaseTicketsRequestSchema, some));
  },
  'free seats of a concert': (db) =>
    getAvailability({ db, seatCounts: createSeatCounts(db) }, create(GetAvailabilityRequestSchema, { concertId: performance.concertId })),
  'a scan at a gate': (db) => letIn(db),
  'a check-in that is taken back': async (db) => undo({ ...ctx, db }, performance, await letIn()),
  'what has changed at a gate': async (db) => {
    await letIn();
    await numberChanges(db, performance.id);
    return getGateList({ ...ctx, db }, create(GetGateListRequestSchema, { actor: steward, performanceId: performance.id }));
  },
  'who is in, by section': (db) => countCheckIns(db, performance.id),
  'a cancelled performance and its holds': async (db) => {
    const cancelled = await openSale(ctx, 2);
    await holdIn(cancelled);
    const [performanceId, now] = [cancelled.id, new Date().toISOString()];
    const event = { performanceId, concertId: cancelled.concertId, version: 2, startsAt: now, cancelledAt: now };
    await db.transaction((tx) => stopSales(tx, [event]));
    return endHolds({ db });
  },
  'holds that have died': async (db) => {
    await hold();
    return expireHolds({ db });
  },
};

describe('hot paths', () => {
  it.each(Object.keys(hotPaths))('read no table as a whole: %s', async (name) => {
    // Sweepers of the stack would be first with what is dead: here a hold is dead before its time.
    const { db, statements } = explained(
      withoutGuard(ctx.db, 'expires_at <= UTC_TIMESTAMP(3)\n', 'expires_at <= UTC_TIMESTAMP(3) + INTERVAL 1 HOUR\n'),
    );
    await hotPaths[name]?.(db);
    plans[name] = statements;
    expect(statements.length).toBeGreaterThan(0);
    expect(wholeScans(statements)).toEqual([]);
  });

  it('would be found reading a table as a whole', async () => {
    const { db, statements } = explained(ctx.db);
    await db.query("SELECT id FROM seats WHERE section = 'nowhere' LIMIT 5");
    expect(wholeScans(statements)).toHaveLength(1);
  });
});
