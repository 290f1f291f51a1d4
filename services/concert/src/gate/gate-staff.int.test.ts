import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import { type Actor, ActorSchema } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import {
  AuthorizeGateRequestSchema,
  ListGateStaffRequestSchema,
  PutGateStaffRequestSchema,
  RemoveGateStaffRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { limits } from '@ticketing/contracts/limits';
import type { Context } from '../context.ts';
import { addConcert, addPerformance, auditOf, createTestContext, newWord, operator, organiser, rival } from '../testing/test-catalogue.ts';
import { authorizeGate } from './authorize-gate.ts';
import { listGateStaff } from './list-gate-staff.ts';
import { putGateStaff } from './put-gate-staff.ts';
import { removeGateStaff } from './remove-gate-staff.ts';

let ctx: Context;
let performanceId: string;
let otherNight: string;
beforeAll(async () => {
  ctx = await createTestContext();
  const concertId = await addConcert(ctx, { title: newWord(), artist: newWord() });
  performanceId = await addPerformance(ctx, concertId, '2031-07-01T10:00:00Z');
  otherNight = await addPerformance(ctx, concertId, '2031-07-02T10:00:00Z');
});
afterAll(() => ctx.stop());

const person = (userId = newId()): Actor => create(ActorSchema, { userId });

/** The code of the refusal; undefined when there is none. */
async function put(userId: string, actor: Actor = organiser, id = performanceId, db = ctx.db): Promise<string | undefined> {
  const { result } = await putGateStaff({ db }, create(PutGateStaffRequestSchema, { actor, performanceId: id, userId }));
  return result?.case === 'refusal' ? result.value.code : undefined;
}

async function remove(userId: string, actor: Actor = organiser): Promise<string | undefined> {
  return (await removeGateStaff(ctx, create(RemoveGateStaffRequestSchema, { actor, performanceId, userId }))).refusal?.code;
}

async function enter(actor: Actor, id = performanceId): Promise<string | undefined> {
  return (await authorizeGate(ctx, create(AuthorizeGateRequestSchema, { actor, performanceId: id }))).refusal?.code;
}

async function list(actor: Actor = organiser): Promise<string[] | string> {
  const { result } = await listGateStaff(ctx, create(ListGateStaffRequestSchema, { actor, performanceId }));
  return result?.case === 'staff' ? (result.value.items ?? []).map(({ userId }) => userId ?? '') : (result?.value?.code ?? '');
}

describe('the gate of a performance', () => {
  it('is open to who is bound to it, to its organiser and to operators; to others there is none', async () => {
    const steward = person();
    expect(await enter(steward)).toBe('performance-not-found');
    expect(await put(steward.userId)).toBeUndefined();
    expect([await enter(steward), await enter(organiser), await enter(operator)]).toEqual([undefined, undefined, undefined]);
    expect(await Promise.all([rival, person()].map((actor) => enter(actor)))).toEqual(Array(2).fill('performance-not-found'));
    expect(await enter(steward, otherNight)).toBe('performance-not-found');
    expect(await Promise.all([steward, operator].map((actor) => enter(actor, newId())))).toEqual(Array(2).fill('performance-not-found'));
    expect(await remove(steward.userId)).toBeUndefined();
    expect(await enter(steward)).toBe('performance-not-found');
  });

  it('is kept by its organiser and operators, and by nobody else', async () => {
    const steward = person();
    for (const actor of [rival, steward]) {
      expect([await put(steward.userId, actor), await remove(steward.userId, actor), await list(actor)]).toEqual(
        Array(3).fill('performance-not-found'),
      );
    }
    expect(await put(steward.userId, operator)).toBeUndefined();
    expect([await list(), await list(operator)]).toEqual(Array(2).fill(expect.arrayContaining([steward.userId])));
    expect(await remove(steward.userId, rival)).toBe('performance-not-found');
    expect(await enter(steward)).toBeUndefined();
    expect(await put(steward.userId, organiser, newId())).toBe('performance-not-found');
  });

  it('is told once of what changes, however often that is said', async () => {
    const id = await addPerformance(ctx, await addConcert(ctx, { title: newWord(), artist: newWord() }), '2031-07-01T10:00:00Z');
    const { userId } = person();
    expect(await Promise.all([1, 2, 3].map(() => put(userId, organiser, id)))).toEqual(Array(3).fill(undefined));
    const end = () => removeGateStaff(ctx, create(RemoveGateStaffRequestSchema, { actor: organiser, performanceId: id, userId }));
    await Promise.all([end(), end()]);
    const entry = { actorId: organiser.userId, before: null, after: { accountId: userId } };
    expect((await auditOf(ctx, id)).slice(1)).toEqual([
      { ...entry, action: 'gate-staff.put' },
      { ...entry, action: 'gate-staff.remove', before: { accountId: userId }, after: null },
    ]);
  });

  /** Lets one account be missing, and then two come at once. @returns how many there are then */
  async function fill(db: Context['db']): Promise<number> {
    const id = await addPerformance(ctx, await addConcert(ctx, { title: newWord(), artist: newWord() }), '2031-07-01T10:00:00Z');
    const rows = Array.from({ length: limits.gateStaff - 1 }, () => [idToBinary(id), idToBinary(newId())]);
    await ctx.db.execute('INSERT INTO gate_staff (performance_id, account_id) VALUES ?', [rows]);
    let arrive = (): void => undefined;
    const both = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    let counting = 0;
    // Without the lock both come so far; with it, the second one waits before.
    const meeting: Context['db'] = {
      ...db,
      transaction: (work) =>
        db.transaction((tx) =>
          work({
            ...tx,
            execute: async (sql, values) => {
              if (sql.startsWith('INSERT INTO gate_staff')) {
                counting += 1;
                if (counting === 2 || db === ctx.db) arrive();
                await both;
              }
              return tx.execute(sql, values);
            },
          }),
        ),
    };
    await Promise.all([1, 2].map(() => put(newId(), organiser, id, meeting)));
    const [row] = await ctx.db.query<{ n: number }>('SELECT COUNT(*) AS n FROM gate_staff WHERE performance_id = ?', [idToBinary(id)]);
    return row?.n ?? 0;
  }

  it('takes so many accounts and not one more, which it would without the lock', async () => {
    expect(await fill(ctx.db)).toBe(limits.gateStaff);
    expect(await fill(withoutGuard(ctx.db, ' FOR UPDATE', ''))).toBe(limits.gateStaff + 1);
  });
});
