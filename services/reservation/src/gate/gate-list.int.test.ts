import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import { GetGateListRequestSchema, GetGateSummaryRequestSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import type { Performance } from '../performances/performances.ts';
import { createGateTestContext, giveBack, scanAt, sellSeats, steward, undo } from '../testing/test-gate.ts';
import { openSale } from '../testing/test-sale.ts';
import { encodeMark } from './gate-mark.ts';
import { createGateCounts } from './gate-views.ts';
import { getGateList } from './get-gate-list.ts';
import { getGateSummary } from './get-gate-summary.ts';
import { numberChanges } from './number-changes.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createGateTestContext();
});
afterAll(() => ctx.stop());

const open = (seats: number): Promise<Performance> => openSale(ctx, seats, { startsInMs: 3_600_000 });

interface Page {
  /** By ticket: `good`, `void` or `in`. */
  tickets: Map<string, string>;
  mark: string;
  more: boolean;
}

/** A page of the list, with all changes that are committed. */
async function listSince({ id }: { id: string }, since = '', db = ctx.db): Promise<Page | string> {
  await numberChanges(db, id);
  const { result } = await getGateList(ctx, create(GetGateListRequestSchema, { actor: steward, performanceId: id, since }));
  if (result?.case !== 'list') return result?.value?.code ?? '';
  const { tickets = [], mark = '', more = false } = result.value;
  const stateOf = ({ void: isVoid, checkedInAt }: (typeof tickets)[number]) => (isVoid ? 'void' : checkedInAt ? 'in' : 'good');
  return { tickets: new Map(tickets.map((ticket) => [ticket.ticketId ?? '', stateOf(ticket)])), mark, more };
}

async function pageSince(performance: Performance, since?: string, db?: Context['db']): Promise<Page> {
  const page = await listSince(performance, since, db);
  if (typeof page === 'string') throw new Error(page);
  return page;
}

describe('the list of a gate', () => {
  it('has all tickets, and then what has changed', async () => {
    const performance = await open(8);
    const [one, two, three] = [await sellSeats(ctx, performance, 2), await sellSeats(ctx, performance), await sellSeats(ctx, performance)];
    const all = await pageSince(performance);
    const ids = [one, two, three].flatMap(({ ticketIds }) => ticketIds);
    expect(all.tickets).toEqual(new Map(ids.map((id) => [id, 'good'])));
    expect(all.more).toBe(false);
    const nothing = await pageSince(performance, all.mark);
    expect([nothing.tickets.size, nothing.mark]).toEqual([0, all.mark]);
    const [first = ''] = one.ticketIds;
    await scanAt(ctx, performance, { ticketId: first });
    await giveBack(ctx, two);
    const four = await sellSeats(ctx, performance);
    const changes = await pageSince(performance, all.mark);
    expect(changes.tickets).toEqual(
      new Map([[first, 'in'], ...two.ticketIds.map((id) => [id, 'void'] as const), ...four.ticketIds.map((id) => [id, 'good'] as const)]),
    );
    await undo(ctx, performance, first);
    expect((await pageSince(performance, changes.mark)).tickets).toEqual(new Map([[first, 'good']]));
    expect((await pageSince(performance, all.mark)).tickets.size).toBe(3);
  });

  it('comes in pages', async () => {
    const performance = await openSale(ctx, 1_004, { startsInMs: 3_600_000 });
    for (let seats = 0; seats < 1_004; seats += 40) {
      await Promise.all(Array.from({ length: Math.min(10, (1_004 - seats) / 4) }, () => sellSeats(ctx, performance, 4)));
    }
    const first = await pageSince(performance);
    const second = await pageSince(performance, first.mark);
    expect([first.tickets.size, first.more, second.tickets.size, second.more]).toEqual([1_000, true, 4, false]);
    expect(new Set([...first.tickets.keys(), ...second.tickets.keys()]).size).toBe(1_004);
  }, 120_000);

  it('takes no mark of another list', async () => {
    const performance = await open(1);
    expect([await listSince(performance, 'x'), await listSince(performance, encodeMark(newId(), 1))]).toEqual(
      Array(2).fill('invalid-cursor'),
    );
  });

  it('misses no change that commits late: a mark that was given out meanwhile is before it', async () => {
    const performance = await open(2);
    const [early, late] = [await sellSeats(ctx, performance), await sellSeats(ctx, performance)];
    const { mark } = await pageSince(performance);
    let between: Page | undefined;
    // The scan of `late` has its time and is written, and commits after that of `early` was told to a gate.
    const paused = withPause(ctx.db, 'INSERT INTO audit_entries', async () => {
      await scanAt(ctx, performance, { ticketId: early.ticketIds[0] ?? '' });
      between = await pageSince(performance, mark);
    });
    await scanAt({ ...ctx, db: paused }, performance, { ticketId: late.ticketIds[0] ?? '' });
    expect(between?.tickets).toEqual(new Map([[early.ticketIds[0], 'in']]));
    expect((await pageSince(performance, between?.mark)).tickets).toEqual(new Map([[late.ticketIds[0], 'in']]));
  });

  /** Numbers changes while somebody else does so too, and a gate asks. @returns what the gate is told of the change after that */
  async function numberTogether(isLocked: boolean): Promise<Page> {
    const performance = await open(4);
    const { ticketIds } = await sellSeats(ctx, performance, 4);
    const enter = async (...numbers: number[]): Promise<void> => {
      for (const number of numbers) await scanAt(ctx, performance, { ticketId: ticketIds[number] ?? '' });
    };
    const { mark } = await pageSince(performance);
    await enter(0);
    const unlocked = withoutGuard(
      withoutGuard(ctx.db, ' FOR UPDATE', ''),
      'VALUES (?, 0) ON DUPLICATE KEY UPDATE seq = seq',
      'SELECT id, 0 FROM performances WHERE id = ? AND 1 = 0',
    );
    let reading: Promise<Page> | undefined;
    const paused = withPause(isLocked ? ctx.db : unlocked, 'INSERT INTO gate_tickets', async () => {
      await enter(1, 2);
      reading ??= pageSince(performance, mark);
      // It waits for the lock, where there is one.
      if (!isLocked) await reading;
    });
    await numberChanges(paused, performance.id);
    const page = await reading;
    await enter(3);
    const next = await pageSince(performance, page?.mark);
    return { ...next, tickets: new Map([...next.tickets].filter(([id]) => id === ticketIds[3])) };
  }

  it('misses no change when several number them at once, which it would without the lock', async () => {
    expect([...(await numberTogether(true)).tickets.values()]).toEqual(['in']);
    expect([...(await numberTogether(false)).tickets.values()]).toEqual([]);
  });
});

describe('the summary of a gate', () => {
  it('counts good tickets and who was let in, by section', async () => {
    const performance = await open(6);
    const [one, two] = [await sellSeats(ctx, performance, 3), await sellSeats(ctx, performance)];
    await scanAt(ctx, performance, { ticketId: one.ticketIds[0] ?? '' });
    await scanAt(ctx, performance, { ticketId: one.ticketIds[1] ?? '' });
    await undo(ctx, performance, one.ticketIds[1] ?? '');
    await giveBack(ctx, two);
    const request = create(GetGateSummaryRequestSchema, { actor: steward, performanceId: performance.id });
    const { result } = await getGateSummary({ ...ctx, gateCounts: createGateCounts(ctx.db) }, request);
    expect(result).toEqual({ case: 'summary', value: { sections: [{ section: 'Floor', sold: 3, checkedIn: 1 }] } });
  });
});
