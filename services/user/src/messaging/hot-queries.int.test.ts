import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listAudit } from '@ticketing/common/audit';
import { type Database, idFromBinary, idToBinary, newId, type Queryable, Rollback } from '@ticketing/common/database';
import { discardLetter, listLetters, redriveLetter, redriveLetters } from '@ticketing/common/dead-letters';
import { takeOnce } from '@ticketing/common/inbox';
import { addEvent, publishOutbox } from '@ticketing/common/outbox';
import { redriveDue, watchDeadLetters } from '@ticketing/common/redrive';
import { findReplay, publishReplays, requestReplay } from '@ticketing/common/replays';
import { removeOld } from '@ticketing/common/retention';
import { type ExplainedStatement, explained, wholeScans } from '@ticketing/common/testing/explained';
import { fillMessaging, messagingTables } from '@ticketing/common/testing/many-messages';
import { manyRows, storedNumberedId } from '@ticketing/common/testing/many-rows';
import { writePlans } from '@ticketing/common/testing/plan-table';
import type { Context } from '../context.ts';
import { createTestContext } from '../testing/test-accounts.ts';

let ctx: Context;
const plans: Record<string, ExplainedStatement[]> = {};
beforeAll(async () => {
  ctx = await createTestContext();
  await fillMessaging(ctx.db);
}, 900_000);
afterAll(async () => {
  await writePlans({ service: 'user', name: 'messaging', tables: messagingTables, statements: plans });
  await ctx.stop();
}, 900_000);

const actorId = newId();
const sidecar = {
  publish: () => Promise.resolve(new Set<string>()),
  request: () => Promise.resolve({ status: 200, headers: {}, body: Buffer.from('{"outcome": "done", "error": ""}') }),
};

async function park(db: Queryable): Promise<string> {
  const id = newId();
  const columns = 'id, service, topic, event_id, type, event, headers, error, attempts';
  await db.execute(`INSERT INTO dead_letters (${columns}) VALUES (?, 'user', 'users', ?, 'user.registered', '{}', '{}', 'unknown', 5)`, [
    idToBinary(id),
    newId(),
  ]);
  return id;
}

function lettersOf(db: Queryable, filter: { service?: string; status?: string; before?: string }) {
  return listLetters(db, { service: '', status: '', limit: 20, before: undefined, ...filter });
}

const hotPaths: Record<string, (db: Database) => Promise<unknown>> = {
  'events that wait': async (db) => {
    const userId = newId();
    await addEvent(db, 'user.registered', userId, { userId });
    return publishOutbox(db, sidecar);
  },
  'an event that came before': async (db) => {
    const id = newId();
    for (let delivery = 0; delivery < 2; delivery += 1) await takeOnce(db, [{ id }], () => Promise.resolve());
  },
  'what is too old': (db) => removeOld(db, ctx.config),
  'letters that are to be redriven': async (db) => {
    await redriveLetter(db, actorId, await park(db));
    return redriveDue({ db, sidecar });
  },
  'all letters of a consumer': async (db) => {
    await park(db);
    return redriveLetters(db, actorId, 'user');
  },
  'a letter that is put away': async (db) => discardLetter(db, actorId, await park(db), 'test'),
  'the number of letters': (db) => watchDeadLetters(db, ['user']),
  'the list of letters': (db) => lettersOf(db, {}),
  'the list of letters, later page': (db) => lettersOf(db, { before: idFromBinary(storedNumberedId('letter', manyRows / 2)) }),
  'the list of parked letters': (db) => lettersOf(db, { status: 'PARKED' }),
  'the list of parked letters of a consumer': (db) => lettersOf(db, { service: 'user', status: 'PARKED' }),
  'the list of discarded letters': (db) => lettersOf(db, { status: 'DISCARDED' }),
  'the list of letters of a consumer that has none': (db) => lettersOf(db, { service: 'queue' }),
  'replays that are to be published': (db) => publishReplays({ db, sidecar, log: { error: () => undefined } }),
  'a replay': (db) => findReplay(db, idFromBinary(storedNumberedId('replay', 7))),
  'what operators did': (db) => listAudit(db, 20, undefined),
  'what operators did, later page': (db) => listAudit(db, 20, idFromBinary(storedNumberedId('note', manyRows / 2))),
};

/** What an operator asks for once in a while, and what may read a table for it: the outbox is in the order of its events, not of time. */
const rarePaths: Record<string, (db: Database) => Promise<unknown>> = {
  'a replay that begins (reads the outbox once, for an operator)': async (db) => {
    const [from, to] = [new Date(Date.now() - 720_000), new Date(Date.now() - 600_000)];
    await requestReplay(db, { actorId, from, to, types: [] });
    return publishReplays({ db, sidecar, log: { error: () => undefined } });
  },
};

/** Runs it in a transaction that is undone, which the relays and jobs of the stack don't see. */
async function explainPath(path: ((db: Database) => Promise<unknown>) | undefined): Promise<ExplainedStatement[]> {
  return ctx.db.transaction(async (tx) => {
    const inside: Database['transaction'] = async (work) => {
      const result = await work(tx);
      return result instanceof Rollback ? result.value : result;
    };
    const { db, statements } = explained({ ...ctx.db, ...tx, transaction: inside });
    await path?.(db);
    return new Rollback(statements);
  });
}

describe('hot paths', () => {
  it.each(Object.keys(hotPaths))('read no table as a whole: %s', async (name) => {
    const statements = await explainPath(hotPaths[name]);
    plans[name] = statements;
    expect(statements.length).toBeGreaterThan(0);
    expect(wholeScans(statements)).toEqual([]);
  });

  it('are not those that read the outbox for an operator', async () => {
    for (const [name, path] of Object.entries(rarePaths)) plans[name] = await explainPath(path);
    expect(Object.keys(plans)).toEqual(expect.arrayContaining(Object.keys(rarePaths)));
  });

  it('would be found reading a table as a whole', async () => {
    const statements = await explainPath((db) => db.query("SELECT id FROM dead_letters WHERE topic = 'nowhere' LIMIT 5"));
    expect(wholeScans(statements)).toHaveLength(1);
  });
});
