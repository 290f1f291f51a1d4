import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import {
  GetTicketRequestSchema,
  ReleaseTicketsRequestSchema,
  TicketStatus,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { ListTicketsRequestSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/tickets_pb';
import type { Context } from '../context.ts';
import { releaseTickets } from '../reservations/release-tickets.ts';
import { findReservation } from '../reservations/reservation.ts';
import { askForSeats, countSeats, createTestContext, letBegin, openSale } from '../testing/test-sale.ts';
import { accept, buy, confirmAgain, goodTickets, linkFor, offer, release, revoke } from '../testing/test-tickets.ts';
import { getTicket } from '../tickets/get-ticket.ts';
import { listTickets } from '../tickets/list-tickets.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

const off = (): Context => ({
  ...ctx,
  settings: { ...ctx.settings, get: (key) => (key === 'tickets.transfers' ? 0 : ctx.settings.get(key)) },
});

/** A ticket as its owner sees it, or the code of the refusal. */
async function look(ticketId: string, userId: string) {
  const { result } = await getTicket(ctx, create(GetTicketRequestSchema, { ticketId, userId }));
  return result?.case === 'ticket' ? result.value : { code: result?.value?.code };
}

const absent = { code: 'ticket-not-found' };

async function list(userId: string, request: { limit?: number; cursor?: string } = {}) {
  const { result } = await listTickets(ctx, create(ListTicketsRequestSchema, { userId, ...request }));
  if (result?.case !== 'page') return { ids: [], next: '', code: result?.value?.code };
  const { items = [], nextCursor = '' } = result.value;
  return { ids: items.map(({ id }) => id), items, next: nextCursor };
}

const letLinkEnd = (id: string) =>
  ctx.db.execute('UPDATE ticket_transfers SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE id = ?', [idToBinary(id)]);

describe('tickets of a person', () => {
  it('are listed newest first, page by page, good and void', async () => {
    const userId = newId();
    const first = await buy(ctx, await openSale(ctx, 4), 2, userId);
    const second = await buy(ctx, await openSale(ctx, 4), 1, userId);
    await release(ctx, first);
    const all = [...first.ticketIds, ...second.ticketIds].toSorted().toReversed();
    const page = await list(userId, { limit: 2 });
    expect([page.ids, (await list(userId, { limit: 2, cursor: page.next })).ids]).toEqual([all.slice(0, 2), all.slice(2)]);
    const whole = await list(userId);
    expect([whole.ids, whole.next]).toEqual([all, '']);
    expect(whole.items?.map(({ status }) => status)).toEqual([TicketStatus.VALID, TicketStatus.VOID, TicketStatus.VOID]);
    expect(whole.items?.some((item) => 'qr' in item)).toBe(false);
    expect([(await list(newId())).ids, (await list(userId, { cursor: 'nonsense' })).code]).toEqual([[], 'invalid-cursor']);
  });
});

describe('a ticket that is passed on', () => {
  it('is void, and there is a new one for the same seat', async () => {
    const performance = await openSale(ctx, 2);
    const bought = await buy(ctx, performance, 2);
    const [given = '', kept = ''] = bought.ticketIds;
    const { tickets } = (await findReservation(ctx.db, bought.reservationId, bought.userId)) ?? { tickets: [] };
    const seatId = tickets.find(({ id }) => id === given)?.seatId ?? '';
    const taker = newId();
    const { id: transferId, token } = await linkFor(ctx, given, bought.userId);
    expect(await look(given, bought.userId)).toMatchObject({ status: TicketStatus.VALID, transfer: { id: transferId } });
    const taken = await accept(ctx, token, taker);

    const old = await look(given, bought.userId);
    expect([old, await look(given, taker)]).toEqual([expect.objectContaining({ status: TicketStatus.VOID }), absent]);
    expect(old).not.toHaveProperty('qr');
    expect(old).not.toHaveProperty('transfer');
    expect(await look(taken, taker)).toMatchObject({ status: TicketStatus.VALID, qr: expect.any(String), seat: { id: seatId } });
    expect(await look(taken, bought.userId)).toEqual(absent);
    expect(new Set(await goodTickets(ctx, bought.reservationId))).toEqual(
      new Set([
        { id: kept, userId: bought.userId },
        { id: taken, userId: taker },
      ]),
    );
    expect([(await list(taker)).ids, await countSeats(ctx, performance)]).toEqual([[taken], { SOLD: 2 }]);
    const events = await ctx.db.query<{ data: unknown }>(
      "SELECT data FROM outbox_events WHERE aggregate_id = ? AND type = 'ticket.transferred'",
      [bought.reservationId],
    );
    expect(events.map(({ data }): unknown => (typeof data === 'string' ? JSON.parse(data) : data))).toEqual([
      {
        ...{ transferId, reservationId: bought.reservationId, performanceId: performance.id, concertId: performance.concertId },
        ...{ seatId, oldTicketId: given, newTicketId: taken, fromUserId: bought.userId, toUserId: taker },
      },
    ]);
  });

  it('leaves the order with its buyer, whose payment goes on naming the tickets that it bought', async () => {
    const bought = await buy(ctx, await openSale(ctx, 2), 2);
    const [given = '', kept = ''] = bought.ticketIds;
    await accept(ctx, (await linkFor(ctx, given, bought.userId)).token, newId());
    const reservation = await findReservation(ctx.db, bought.reservationId, bought.userId);
    const own = reservation?.tickets.filter(({ userId }) => userId === bought.userId).map(({ id }) => id);
    expect([reservation?.status, own]).toEqual(['CONFIRMED', [kept]]);
    expect(new Set(await confirmAgain(ctx, bought))).toEqual(new Set(bought.ticketIds));
  });

  it('counts against the limit of its buyer, not of who has it', async () => {
    const performance = await openSale(ctx, 6, { maxSeatsPerPerson: 2 });
    const bought = await buy(ctx, performance, 2);
    const taker = newId();
    await accept(ctx, (await linkFor(ctx, bought.ticketIds[0] ?? '', bought.userId)).token, taker);
    expect(await askForSeats(ctx, performance, { userId: bought.userId, quantity: 1 })).toBe('person-limit-reached');
    expect(await askForSeats(ctx, performance, { userId: taker, quantity: 2 })).toMatchObject({ userId: taker });
  });

  it('is refunded by an operator only, to the buyer, and is void then', async () => {
    const performance = await openSale(ctx, 2);
    const bought = await buy(ctx, performance, 2);
    const taker = newId();
    const taken = await accept(ctx, (await linkFor(ctx, bought.ticketIds[0] ?? '', bought.userId)).token, taker);
    expect([await release(ctx, bought), (await goodTickets(ctx, bought.reservationId)).length]).toEqual(['refund-not-allowed', 2]);
    expect([await release(ctx, bought, true), await goodTickets(ctx, bought.reservationId)]).toEqual(['released', []]);
    expect(await look(taken, taker)).toMatchObject({ status: TicketStatus.VOID });
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 2 });
  });

  it('is not given back to its buyer alone, but by an operator under the id that the payment knows; the other ticket is the buyer’s', async () => {
    const performance = await openSale(ctx, 3);
    const { reservationId, paymentId, userId, ticketIds } = await buy(ctx, performance, 3);
    const [given = '', kept = '', other = ''] = ticketIds;
    const taker = newId();
    const taken = await accept(ctx, (await linkFor(ctx, given, userId)).token, taker);
    const release = async (named: string[], byOperator = false) => {
      const refund = { reservationId, paymentId, refundId: newId(), ticketIds: named, amount: BigInt(named.length * 50_000), byOperator };
      const { result } = await releaseTickets(ctx, create(ReleaseTicketsRequestSchema, refund));
      return result?.case === 'release' ? 'released' : result?.value?.code;
    };
    for (const named of [[given], [kept, given]]) expect(await release(named)).toBe('refund-not-allowed');
    expect([await release([kept]), await look(taken, taker)]).toEqual([
      'released',
      expect.objectContaining({ status: TicketStatus.VALID }),
    ]);
    expect([await release([given], true), await look(taken, taker)]).toEqual([
      'released',
      expect.objectContaining({ status: TicketStatus.VOID }),
    ]);
    expect(await release([given], true)).toBe('refund-not-allowed');
    expect([await release([other]), await countSeats(ctx, performance)]).toEqual(['released', { AVAILABLE: 3 }]);
  });

  it('can be passed on and back, and be refunded by its buyer again', async () => {
    const bought = await buy(ctx, await openSale(ctx, 1));
    const taker = newId();
    const taken = await accept(ctx, (await linkFor(ctx, bought.ticketIds[0] ?? '', bought.userId)).token, taker);
    const back = await accept(ctx, (await linkFor(ctx, taken, taker)).token, bought.userId);
    expect(await goodTickets(ctx, bought.reservationId)).toEqual([{ id: back, userId: bought.userId }]);
    expect(await release(ctx, bought)).toBe('released');
  });
});

describe('a link', () => {
  it('is one for a ticket, until it is revoked or over', async () => {
    const { ticketIds, userId } = await buy(ctx, await openSale(ctx, 1));
    const [ticketId = ''] = ticketIds;
    const answers = await Promise.all([offer(ctx, ticketId, userId), offer(ctx, ticketId, userId)]);
    expect(answers.filter((answer) => answer === 'transfer-open')).toHaveLength(1);
    const first = answers.find((answer) => typeof answer !== 'string');
    if (!first) throw new Error('there is no link');
    expect([await revoke(ctx, ticketId, userId, first.id), await revoke(ctx, ticketId, userId, first.id)]).toEqual(['revoked', 'revoked']);
    const second = await linkFor(ctx, ticketId, userId);
    await letLinkEnd(second.id);
    const third = await linkFor(ctx, ticketId, userId);
    for (const { token } of [first, second]) expect(await accept(ctx, token, newId())).toBe('transfer-gone');
    const taker = newId();
    expect(await look(await accept(ctx, third.token, taker), taker)).toMatchObject({ status: TicketStatus.VALID });
  });

  it('is made once for a key, and its secret is nowhere in the database', async () => {
    const { ticketIds, userId } = await buy(ctx, await openSale(ctx, 2), 2);
    const [ticketId = '', other = ''] = ticketIds;
    const key = randomUUID();
    const [one, two] = await Promise.all([offer(ctx, ticketId, userId, key), offer(ctx, ticketId, userId, key)]);
    if (typeof one === 'string') throw new Error(one);
    expect(one).toEqual({ id: expect.any(String), token: expect.stringMatching(/^[\w-]{43}$/) });
    expect([two, await offer(ctx, ticketId, userId, key), await offer(ctx, other, userId, key)]).toEqual([
      one,
      one,
      'idempotency-key-reused',
    ]);
    const { id, token } = one;
    const [row] = await ctx.db.query<{ token_hash: Buffer }>('SELECT token_hash FROM ticket_transfers WHERE id = ?', [idToBinary(id)]);
    expect(row?.token_hash).toHaveLength(32);
    const kept = await ctx.db.query<{ answer: unknown }>(
      "SELECT answer FROM idempotency_keys WHERE JSON_EXTRACT(answer, '$.offer.id') = ?",
      [id],
    );
    expect(kept).toHaveLength(1);
    expect(JSON.stringify(kept)).not.toContain(token);
  });

  it('is good once; a repeated request gets its answer again', async () => {
    const { ticketIds, userId } = await buy(ctx, await openSale(ctx, 1));
    const { token } = await linkFor(ctx, ticketIds[0] ?? '', userId);
    const [taker, key] = [newId(), randomUUID()];
    const taken = await accept(ctx, token, taker, { key });
    expect([await accept(ctx, token, taker, { key }), await accept(ctx, token, taker)]).toEqual([taken, 'transfer-gone']);
    expect([await accept(ctx, token, newId(), { key }), await accept(ctx, 'x'.repeat(43), newId())]).toEqual([
      'transfer-gone',
      'transfer-gone',
    ]);
  });

  it('ends when the performance begins', async () => {
    const performance = await openSale(ctx, 1, { startsInMs: 3_600_000 });
    const { ticketIds, userId } = await buy(ctx, performance);
    const [ticketId = ''] = ticketIds;
    const { id, token } = await linkFor(ctx, ticketId, userId);
    const [row] = await ctx.db.query<{ expires_at: Date }>('SELECT expires_at FROM ticket_transfers WHERE id = ?', [idToBinary(id)]);
    const [evening] = await ctx.db.query<{ starts_at: Date }>('SELECT starts_at FROM performances WHERE id = ?', [
      idToBinary(performance.id),
    ]);
    expect(row?.expires_at).toEqual(evening?.starts_at);
    await letBegin(ctx, performance);
    expect(await accept(ctx, token, newId())).toBe('transfer-gone');
    expect(await revoke(ctx, ticketId, userId, id)).toBe('revoked');
    expect(await offer(ctx, ticketId, userId)).toBe('transfer-not-allowed');
  });

  it('is for a good ticket of one’s own', async () => {
    const bought = await buy(ctx, await openSale(ctx, 1));
    const [ticketId = ''] = bought.ticketIds;
    expect([await offer(ctx, ticketId, newId()), await offer(ctx, newId(), bought.userId)]).toEqual([
      'ticket-not-found',
      'ticket-not-found',
    ]);
    const { id, token } = await linkFor(ctx, ticketId, bought.userId);
    expect([await revoke(ctx, ticketId, newId(), id), await revoke(ctx, newId(), bought.userId, id)]).toEqual([
      'transfer-not-found',
      'transfer-not-found',
    ]);
    expect(await accept(ctx, token, bought.userId)).toBe('transfer-not-allowed');
    await release(ctx, bought);
    expect([await accept(ctx, token, newId()), await offer(ctx, ticketId, bought.userId)]).toEqual(['ticket-void', 'ticket-void']);
  });

  it('can’t be taken back once it was accepted', async () => {
    const { ticketIds, userId } = await buy(ctx, await openSale(ctx, 1));
    const { id, token } = await linkFor(ctx, ticketIds[0] ?? '', userId);
    await accept(ctx, token, newId());
    expect(await revoke(ctx, ticketIds[0] ?? '', userId, id)).toBe('transfer-gone');
  });

  it('is neither made nor accepted while transfers are off, but is revoked', async () => {
    const { ticketIds, userId } = await buy(ctx, await openSale(ctx, 1));
    const [ticketId = ''] = ticketIds;
    expect(await offer(off(), ticketId, userId)).toBe('transfer-not-allowed');
    const { id, token } = await linkFor(ctx, ticketId, userId);
    expect(await accept(off(), token, newId())).toBe('transfer-not-allowed');
    expect(await revoke(off(), ticketId, userId, id)).toBe('revoked');
  });
});
