import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listAudit } from '@ticketing/common/audit';
import type { SidecarReply } from '@ticketing/common/dapr';
import { type Database, newId } from '@ticketing/common/database';
import { discardLetter, listLetters, receiveDeadLetters, redriveLetter, redriveLetters } from '@ticketing/common/dead-letters';
import { once } from '@ticketing/common/inbox';
import { addEvent } from '@ticketing/common/outbox';
import { receiveEvents } from '@ticketing/common/receive-events';
import { redriveDue } from '@ticketing/common/redrive';
import { internalErrors } from '@ticketing/common/service-app';
import { type ServedApp, serveApp } from '@ticketing/common/testing/serve-app';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import express from 'express';
import type { Context } from '../context.ts';
import { createTestContext } from '../testing/test-accounts.ts';
import { createTestMessaging, readOutbox, type TestMessaging } from '../testing/test-messaging.ts';

let ctx: Context;
let messaging: TestMessaging;
let db: Database;
let served: ServedApp;
/** What the consumer fails with, if it does. */
let failure: Error | undefined;
beforeAll(async () => {
  ctx = await createTestContext();
  messaging = await createTestMessaging();
  db = messaging.db;
  const app = express();
  const handler = once(db, 'user.registered', async (tx, events) => {
    if (failure) throw failure;
    for (const data of events) await addEvent(tx, 'user.registered', data.userId, data);
  });
  const consumer = { service: 'test', sidecar: ctx.sidecar, log: ctx.log, ready: () => Promise.resolve() };
  app.use(receiveEvents([handler], consumer));
  app.use(receiveDeadLetters(db));
  app.use(internalErrors(ctx.log));
  served = await serveApp(app);
});
afterAll(async () => {
  await served.close();
  await messaging.drop();
  await ctx.stop();
});

const actorId = newId();

async function post(path: string, body: unknown): Promise<SidecarReply> {
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(`http://127.0.0.1:${served.port}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: reply.status, headers: {}, body: Buffer.from(await reply.arrayBuffer()) };
}

/** The sidecar, as far as a letter needs it: it calls the consumer. */
const sidecar = {
  request: (_method: string, path: string, { body = '' }: { body?: string | Uint8Array } = {}) => post(path, JSON.parse(String(body))),
};

/** Parks a letter about a new event, as the dead-letter topic of a consumer brings it; some bring it twice. */
async function park(service = newId().slice(-8)): Promise<{ service: string; eventId: string; userId: string }> {
  const [eventId, userId] = [newId(), newId()];
  const event = { id: eventId, type: 'user.registered', data: { userId } };
  const data = { service, topic: 'users', error: 'a bug', attempts: 5, event, headers: { a: 'b' } };
  const message = { id: newId(), type: 'dead-letter', data };
  for (let times = 1; times <= 2; times += 1) expect((await post(`/dead-letters/${service}`, message)).status).toBe(200);
  return { service, eventId, userId };
}

async function letterOf(service: string) {
  const { items } = await listLetters(db, { service, status: '', limit: 10, before: undefined });
  expect(items).toHaveLength(1);
  return { id: '', ...items[0] };
}

const effectsOn = async (userId: string) => (await readOutbox(db)).filter(({ aggregateId }) => aggregateId === userId).length;
const auditOf = async (subject: string) =>
  (await listAudit(db, 100, undefined)).items
    .filter((entry) => entry.subject === subject)
    .map(({ action, actorId: by }) => ({ action, by }));

describe('a dead letter', () => {
  it('is of one event, and of no other whose id looks different', async () => {
    const [service, id] = [newId().slice(-8), newId()];
    const ids = ['é', 'e', 'E', '①', '1', '🍣', '🍺', 'ハ', 'パ'].map((letter) => `${letter}${id}`);
    for (const eventId of ids) {
      const data = { service, topic: 'users', error: 'a bug', attempts: 5, event: { id: eventId, type: 'user.registered' }, headers: {} };
      expect((await post(`/dead-letters/${service}`, { id: newId(), type: 'dead-letter', data })).status).toBe(200);
    }
    const { items } = await listLetters(db, { service, status: '', limit: 20, before: undefined });
    expect(items.map(({ eventId }) => eventId).toSorted()).toEqual(ids.toSorted());
  });

  it('is kept once with what it met', async () => {
    const { service, eventId } = await park();
    expect(await letterOf(service)).toMatchObject({
      ...{ service, eventId, topic: 'users', type: 'user.registered', status: 'PARKED', error: 'a bug', attempts: 5 },
      headersJson: expect.stringContaining('"a"'),
    });
  });

  it('is kept also when the sidecar gave a bare event up', async () => {
    const service = newId().slice(-8);
    await post(`/dead-letters/${service}`, { id: newId(), type: 'user.registered', topic: 'users', data: { userId: newId() } });
    expect(await letterOf(service)).toMatchObject({ topic: 'users', status: 'PARKED', error: 'the consumer did not answer', attempts: 0 });
  });

  it('has its effect once when it is redriven, however often', async () => {
    const { service, userId } = await park();
    const { id } = await letterOf(service);
    expect(await redriveLetter(db, actorId, id)).toBe(1);
    expect(await redriveLetter(db, actorId, id)).toMatchObject({ code: 'dead-letter-not-parked' });
    await Promise.all([redriveDue({ db, sidecar }), redriveDue({ db, sidecar })]);
    expect(await letterOf(service)).toMatchObject({ status: 'REDRIVEN' });
    expect(await effectsOn(userId)).toBe(1);
    // As after a crash between the effect and the note of it.
    await db.execute("UPDATE dead_letters SET status = 'REDRIVING' WHERE service = ?", [service]);
    await redriveDue({ db, sidecar });
    expect(await effectsOn(userId)).toBe(1);
    expect(await auditOf(id)).toEqual([{ action: 'dead-letter.redrive', by: actorId }]);
  });

  it('is parked again with what it meets when it fails anew', async () => {
    const { service, userId } = await park();
    const { id } = await letterOf(service);
    failure = new Error('another bug');
    await redriveLetter(db, actorId, id);
    await redriveDue({ db, sidecar });
    expect(await letterOf(service)).toMatchObject({ status: 'PARKED', error: 'another bug', attempts: 6 });
    failure = undefined;
    await redriveLetter(db, actorId, id);
    await redriveDue({ db, sidecar });
    expect(await effectsOn(userId)).toBe(1);
  });

  it('waits while its consumer is out', async () => {
    const { service } = await park();
    const { id } = await letterOf(service);
    await redriveLetter(db, actorId, id);
    const away = { request: () => Promise.resolve({ status: 500, headers: {}, body: Buffer.from('{}') }) };
    await expect(redriveDue({ db, sidecar: away })).rejects.toThrow('/redriven');
    expect(await letterOf(service)).toMatchObject({ status: 'REDRIVING' });
    await redriveDue({ db, sidecar });
    expect(await letterOf(service)).toMatchObject({ status: 'REDRIVEN' });
  });

  it('is not held up by those of a consumer that is out', async () => {
    const [out, well] = [await park(), await park()];
    await redriveLetters(db, actorId, out.service);
    await redriveLetters(db, actorId, well.service);
    const half = {
      request: (method: string, path: string, options: { body?: string | Uint8Array } = {}) =>
        String(options.body).includes(out.eventId)
          ? Promise.resolve({ status: 503, headers: {}, body: Buffer.from('{}') })
          : sidecar.request(method, path, options),
    };
    await expect(redriveDue({ db, sidecar: half })).rejects.toThrow('/redriven');
    expect([await letterOf(out.service), await letterOf(well.service)]).toMatchObject([{ status: 'REDRIVING' }, { status: 'REDRIVEN' }]);
    await redriveDue({ db, sidecar });
    expect(await letterOf(out.service)).toMatchObject({ status: 'REDRIVEN' });
  });

  it('is not held up by one before it that its consumer can say nothing about', async () => {
    const first = await park();
    const second = await park(first.service);
    await redriveLetters(db, actorId, first.service);
    const stumbling = {
      request: (method: string, path: string, options: { body?: string | Uint8Array } = {}) =>
        String(options.body).includes(first.eventId)
          ? Promise.resolve({ status: 500, headers: {}, body: Buffer.from('{"code":"internal"}') })
          : sidecar.request(method, path, options),
    };
    await expect(redriveDue({ db, sidecar: stumbling })).rejects.toThrow('/redriven');
    expect([await effectsOn(first.userId), await effectsOn(second.userId)]).toEqual([0, 1]);
    await redriveDue({ db, sidecar });
    expect(await effectsOn(first.userId)).toBe(1);
  });

  it('goes back with all others of its consumer', async () => {
    const { service, userId } = await park();
    const other = await park(service);
    expect(await redriveLetters(db, actorId, service)).toBe(2);
    await redriveDue({ db, sidecar });
    expect([await effectsOn(userId), await effectsOn(other.userId)]).toEqual([1, 1]);
    expect(await auditOf(service)).toEqual([{ action: 'dead-letter.redrive-all', by: actorId }]);
    expect(await redriveLetters(db, actorId, service)).toBe(0);
  });

  it('can be put away, and leaves no trace in the audit when that is refused', async () => {
    const { service } = await park();
    const { id } = await letterOf(service);
    expect(await discardLetter(db, actorId, id, 'not needed')).toMatchObject({ status: 'DISCARDED' });
    expect(await discardLetter(db, actorId, id, 'not needed')).toMatchObject({ code: 'dead-letter-not-parked' });
    expect(await redriveLetter(db, actorId, newId())).toMatchObject({ code: 'dead-letter-not-found' });
    expect(await auditOf(id)).toEqual([{ action: 'dead-letter.discard', by: actorId }]);
  });

  it('would be redriven twice over without a look at whether it is parked', async () => {
    const { service } = await park();
    const { id } = await letterOf(service);
    const unguarded = withoutGuard(db, "AND status = 'PARKED'", '');
    expect(await redriveLetter(unguarded, actorId, id)).toBe(1);
    expect(await redriveLetter(unguarded, actorId, id)).toBe(1);
    await redriveDue({ db, sidecar });
  });
});
