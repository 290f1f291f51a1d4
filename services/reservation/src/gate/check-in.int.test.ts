import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listAudit } from '@ticketing/common/audit';
import { newId, type SqlValue } from '@ticketing/common/database';
import { refuse } from '@ticketing/common/refusal';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import {
  CheckInRequestSchema,
  GetGateListRequestSchema,
  GetTicketRequestSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import type { Performance } from '../performances/performances.ts';
import { stopSales } from '../performances/stop-sales.ts';
import {
  createGateTestContext,
  giveBack,
  scanAt,
  scanOnce,
  sellSeats,
  standingOf,
  steward,
  type TestOrder,
  undo,
} from '../testing/test-gate.ts';
import { letBegin, openSale } from '../testing/test-sale.ts';
import { getTicket } from '../tickets/get-ticket.ts';
import { checkIn } from './check-in.ts';
import { createGateChanges } from './gate-views.ts';
import { getGateList } from './get-gate-list.ts';

let ctx: Context;
let other: Context;
beforeAll(async () => {
  [ctx, other] = [await createGateTestContext(), await createGateTestContext()];
});
afterAll(() => Promise.all([ctx.stop(), other.stop()]));

const open = (seats: number): Promise<Performance> => openSale(ctx, seats, { startsInMs: 3_600_000 });

async function ticketOf(performance: Performance): Promise<{ ticketId: string; order: TestOrder }> {
  const order = await sellSeats(ctx, performance);
  return { ticketId: order.ticketIds[0] ?? '', order };
}

async function codesOf(ticketId: string, userId: string): Promise<{ qr: string; qrText: string }> {
  const { result } = await getTicket(ctx, create(GetTicketRequestSchema, { ticketId, userId }));
  if (result?.case !== 'ticket') throw new Error('there is no such ticket');
  return { qr: result.value.qr ?? '', qrText: result.value.qrText ?? '' };
}

describe('a ticket', () => {
  it('lets somebody in by either of its codes or its id, once', async () => {
    const performance = await open(3);
    for (const by of ['qr', 'qrText', 'id'] as const) {
      const { ticketId, order } = await ticketOf(performance);
      const scan = by === 'id' ? { ticketId } : { qr: (await codesOf(ticketId, order.userId))[by] };
      const outcome = await scanOnce(ctx, performance.id, { ...scan, gate: 'North' });
      expect(outcome?.result).toMatchObject({
        case: 'checkedIn',
        value: { ticketId, userId: order.userId, gate: 'North', seat: { section: 'Floor', row: 'A' } },
      });
      expect(await scanAt(ctx, performance, { ...scan, gate: 'South' })).toBe('in before by North');
    }
  });

  it('of another performance, or none at all, is invalid and leaves nothing', async () => {
    const [tonight, tomorrow] = [await open(1), await open(1)];
    const { ticketId, order } = await ticketOf(tomorrow);
    const { qr, qrText } = await codesOf(ticketId, order.userId);
    for (const scan of [{ ticketId }, { qr }, { qr: qrText }, { ticketId: newId() }, { qr: 'HELLO' }, { qr: qr.slice(0, -2) }]) {
      expect(await scanAt(ctx, tonight, scan)).toBe('ticket-invalid');
    }
    expect((await standingOf(ctx, tomorrow)).size + (await standingOf(ctx, tonight)).size).toBe(0);
    expect(await scanAt(ctx, tomorrow, { qr })).toBe('in');
  });

  it('that was given back is void at once', async () => {
    const performance = await open(2);
    const { ticketId, order } = await ticketOf(performance);
    const { qr } = await codesOf(ticketId, order.userId);
    expect(await giveBack(ctx, order)).toBe('released');
    expect(await scanAt(ctx, performance, { qr })).toBe('ticket-void');
  });

  it('is void as soon as its performance is cancelled, before it is refunded, and gates hear of it', async () => {
    const performance = await open(1);
    const { ticketId } = await ticketOf(performance);
    const request = create(GetGateListRequestSchema, { actor: steward, performanceId: performance.id });
    const isVoid = async () => {
      const { result } = await getGateList({ ...ctx, gateChanges: createGateChanges(ctx.db) }, request);
      return result?.case === 'list' && result.value.tickets?.map((ticket) => ticket.void);
    };
    expect(await isVoid()).toEqual([false]);
    const event = { performanceId: performance.id, concertId: performance.concertId, version: 2, startsAt: '', cancelledAt: '' };
    await ctx.db.transaction((tx) => stopSales(tx, [event]));
    expect([await scanAt(ctx, performance, { ticketId }), await isVoid()]).toEqual(['ticket-void', [true]]);
  });

  it('is nothing to who does not work at the gate', async () => {
    const performance = await open(1);
    const { ticketId } = await ticketOf(performance);
    const closed = { ...ctx, gateAccess: { refusalOf: () => Promise.resolve(refuse('performance-not-found', 'There is none.')) } };
    expect(await scanAt(closed, performance, { ticketId })).toBe('performance-not-found');
    expect(await undo(closed, performance, ticketId)).toBe('performance-not-found');
    await expect(
      checkIn(
        ctx,
        create(CheckInRequestSchema, { performanceId: performance.id, scan: { nonce: 'x', ticket: { case: 'qr', value: 'x' } } }),
      ),
    ).rejects.toThrow('no actor');
    expect((await standingOf(ctx, performance)).size).toBe(0);
  });
});

describe('the time of a scan', () => {
  it('is told by a gate, and lies on the day and not in the future', async () => {
    const performance = await open(3);
    const [one, two] = [await ticketOf(performance), await ticketOf(performance)];
    const at = new Date(Date.now() - 1_800_000);
    const outcome = await scanOnce(ctx, performance.id, { ticketId: one.ticketId, at });
    expect(outcome?.result).toMatchObject({
      case: 'checkedIn',
      value: { checkedInAt: { seconds: BigInt(Math.floor(at.getTime() / 1_000)) } },
    });
    for (const minutes of [5, -48 * 60]) {
      const never = new Date(Date.now() + minutes * 60_000);
      expect(await scanAt(ctx, performance, { ticketId: two.ticketId, at: never })).toBe('invalid-time');
    }
    expect(await scanAt(ctx, performance, { ticketId: two.ticketId })).toBe('in');
  });

  it('is not two days after the performance', async () => {
    const performance = await open(1);
    const { ticketId } = await ticketOf(performance);
    await letBegin(ctx, performance, 2 * 86_400);
    expect(await scanAt(ctx, performance, { ticketId })).toBe('invalid-time');
  });
});

describe('the same scan again', () => {
  it('gets the same answer, whatever has become of the ticket', async () => {
    const performance = await open(3);
    const [one, two, three] = [await ticketOf(performance), await ticketOf(performance), await ticketOf(performance)];
    const first = { ticketId: one.ticketId, nonce: newId(), gate: 'North' };
    const late = { ...first, nonce: newId(), gate: 'South' };
    const gone = { ticketId: two.ticketId, nonce: newId() };
    await giveBack(ctx, two.order);
    const answers = () => Promise.all([first, late, gone].map((scan) => scanAt(ctx, performance, scan)));
    const before = [await scanAt(ctx, performance, first), await scanAt(ctx, performance, late), await scanAt(ctx, performance, gone)];
    expect(before).toEqual(['in', 'in before by North', 'ticket-void']);
    const entered = await scanOnce(ctx, performance.id, first);
    await undo(ctx, performance, one.ticketId);
    expect(await answers()).toEqual(before);
    expect(await scanOnce(ctx, performance.id, first)).toEqual(entered);
    expect((await standingOf(ctx, performance)).size).toBe(0);
    expect(await scanAt(ctx, performance, { ...first, ticketId: three.ticketId })).toBe('idempotency-key-reused');
    expect(await scanAt(ctx, performance, { ...first, nonce: newId() })).toBe('in');
  });

  it('at the same instant, in two instances, has one effect', async () => {
    const performance = await open(10);
    for (let trial = 0; trial < 10; trial += 1) {
      const { ticketId } = await ticketOf(performance);
      const scan = { ticketId, nonce: newId(), gate: 'North' };
      const answers = await Promise.all([ctx, other, ctx, other].map((at) => scanAt(at, performance, scan)));
      expect(answers).toEqual(Array(4).fill('in'));
    }
    expect([...(await standingOf(ctx, performance)).values()]).toEqual(Array(10).fill(1));
  });

  it('that another ticket is scanned with at the same instant is that of one of them', async () => {
    const performance = await open(2);
    const tickets = [await ticketOf(performance), await ticketOf(performance)];
    const nonce = newId();
    const answers = await Promise.all(
      [ctx, other].map((at, index) => scanAt(at, performance, { ticketId: tickets[index]?.ticketId ?? '', nonce })),
    );
    expect(answers.toSorted()).toEqual(['idempotency-key-reused', 'in']);
  });

  it('under an Idempotency-Key is another request where its ticket is another', async () => {
    const performance = await open(2);
    const [one, two] = [await ticketOf(performance), await ticketOf(performance)];
    const [nonce, key] = [newId(), newId()];
    expect(await scanAt(ctx, performance, { ticketId: one.ticketId, nonce }, key)).toBe('in');
    expect(await scanAt(ctx, performance, { ticketId: one.ticketId, nonce }, key)).toBe('in');
    expect(await scanAt(ctx, performance, { ticketId: two.ticketId, nonce: newId() }, key)).toBe('idempotency-key-reused');
    expect([...(await standingOf(ctx, performance)).keys()]).toEqual([one.ticketId]);
  });
});

describe('several gates at the same instant', () => {
  /** Two gates of two instances; the second one comes just before the first one's scan is written. */
  async function meet(change: (db: Context['db']) => Context['db']): Promise<{ answers: string[]; standing: number }> {
    const performance = await open(1);
    const { ticketId } = await ticketOf(performance);
    const [db, otherDb] = [change(ctx.db), change(other.db)];
    const isLocked = db === ctx.db;
    let second: Promise<string> | undefined;
    const paused = withPause(db, 'INSERT INTO check_ins', async () => {
      second ??= scanAt({ ...other, db: otherDb }, performance, { ticketId, gate: 'South' });
      // It waits for the lock of this one, where there is any.
      if (!isLocked) await second;
    });
    const first = await scanAt({ ...ctx, db: paused }, performance, { ticketId, gate: 'North' });
    return { answers: [first, (await second) ?? ''], standing: (await standingOf(ctx, performance)).get(ticketId) ?? 0 };
  }
  const unlocked = (db: Context['db']) => withoutGuard(db, ' FOR UPDATE', '');

  it('let in once', async () => {
    expect(await meet((db) => db)).toEqual({ answers: ['in', 'in before by North'], standing: 1 });
  });

  it('let in once without locks too: the unique key decides', async () => {
    expect(await meet(unlocked)).toEqual({ answers: ['in before by South', 'in'], standing: 1 });
  });

  it('would let in twice without what is unique', async () => {
    expect(await meet((db) => withoutLiveTickets(unlocked(db)))).toEqual({ answers: ['in', 'in'], standing: 2 });
  });
});

/** The same database, in which no check-in is kept under the unique key of its ticket. */
function withoutLiveTickets(db: Context['db']): Context['db'] {
  const strip = (rows: SqlValue | undefined): SqlValue[] =>
    Array.isArray(rows) ? rows.map((row) => (Array.isArray(row) ? row.toSpliced(4, 1, null) : row)) : [];
  return {
    ...db,
    transaction: (work) =>
      db.transaction((tx) =>
        work({
          ...tx,
          execute: (sql, values = []) => tx.execute(sql, sql.startsWith('INSERT INTO check_ins') ? [strip(values[0])] : values),
        }),
      ),
  };
}

describe('a check-in that is taken back', () => {
  it('is taken back once, is written down, and the ticket lets somebody in again', async () => {
    const performance = await open(2);
    const { ticketId, order } = await ticketOf(performance);
    expect(await undo(ctx, performance, ticketId)).toBeUndefined();
    await scanAt(ctx, performance, { ticketId, gate: 'North' });
    expect(await Promise.all([ctx, other].map((at) => undo(at, performance, ticketId)))).toEqual([undefined, undefined]);
    expect(await scanAt(ctx, performance, { ticketId, gate: 'South' })).toBe('in');
    expect(await undo(ctx, performance, newId())).toBe('ticket-not-found');
    expect(await undo(ctx, await open(1), ticketId)).toBe('ticket-not-found');
    const { items } = await listAudit(ctx.db, 1_000, undefined);
    const entries = items.filter(({ subject }) => subject === ticketId).map(({ action, actorId }) => [action, actorId]);
    expect(entries.toReversed()).toEqual(
      ['ticket.check-in', 'ticket.undo-check-in', 'ticket.check-in'].map((action) => [action, steward.userId]),
    );
    const events = await ctx.db.query<{ type: string }>(
      "SELECT type FROM outbox_events WHERE aggregate_id = ? AND type LIKE 'ticket.%' ORDER BY seq",
      [order.reservationId],
    );
    expect(events.map(({ type }) => type)).toEqual(['ticket.checked-in', 'ticket.check-in-undone', 'ticket.checked-in']);
  });
});

describe('a refund of a ticket that somebody was let in with', () => {
  it('is for operators', async () => {
    const performance = await open(4);
    const order = await sellSeats(ctx, performance, 2);
    const [ticketId = '', another = ''] = order.ticketIds;
    await scanAt(ctx, performance, { ticketId });
    expect(await giveBack(ctx, order)).toBe('refund-not-allowed');
    expect(await scanAt(ctx, performance, { ticketId: another })).toBe('in');
    expect(await giveBack(ctx, order, true)).toBe('released');
    expect(await scanAt(ctx, performance, { ticketId })).toBe('ticket-void');
  });

  it('is possible again once the check-in was taken back', async () => {
    const performance = await open(1);
    const { ticketId, order } = await ticketOf(performance);
    await scanAt(ctx, performance, { ticketId });
    await undo(ctx, performance, ticketId);
    expect(await giveBack(ctx, order)).toBe('released');
  });

  it('and a scan at once: exactly one of them wins', async () => {
    const performance = await open(40);
    for (let trial = 0; trial < 40; trial += 1) {
      const { ticketId, order } = await ticketOf(performance);
      const [scanned, refunded] = await Promise.all([scanAt(ctx, performance, { ticketId }), giveBack(other, order)]);
      expect([
        ['in', 'refund-not-allowed'],
        ['ticket-void', 'released'],
      ]).toContainEqual([scanned, refunded]);
    }
  });

  /** A refund that comes just before a scan is written. */
  async function refundWhileScanned(unguarded: boolean): Promise<string[]> {
    const performance = await open(1);
    const { ticketId, order } = await ticketOf(performance);
    let refunding: Promise<string> | undefined;
    const db = unguarded ? withoutGuard(ctx.db, ' FOR UPDATE', '') : ctx.db;
    const paused = withPause(db, 'INSERT INTO check_ins', async () => {
      refunding ??= giveBack(other, order);
      if (unguarded) await refunding;
    });
    return [await scanAt({ ...ctx, db: paused }, performance, { ticketId }), (await refunding) ?? ''];
  }

  /** A scan that comes just before a refund makes the ticket void. */
  async function scanWhileRefunded(unguarded: boolean): Promise<string[]> {
    const performance = await open(1);
    const { ticketId, order } = await ticketOf(performance);
    const db = unguarded ? withoutGuard(other.db, ' FOR UPDATE', '') : other.db;
    let scanning: Promise<string> | undefined;
    const paused = withPause(ctx.db, 'UPDATE tickets SET live_seat_id = NULL', async () => {
      scanning ??= scanAt({ ...other, db }, performance, { ticketId });
      if (unguarded) await scanning;
    });
    const refunded = await giveBack({ ...ctx, db: paused }, order);
    return [(await scanning) ?? '', refunded];
  }

  it('and a scan in the middle of each other: exactly one of them wins', async () => {
    expect(await refundWhileScanned(false)).toEqual(['in', 'refund-not-allowed']);
    expect(await scanWhileRefunded(false)).toEqual(['ticket-void', 'released']);
  });

  it('would both win without the locks of the scan', async () => {
    expect(await refundWhileScanned(true)).toEqual(['in', 'released']);
    expect(await scanWhileRefunded(true)).toEqual(['in', 'released']);
  });
});
