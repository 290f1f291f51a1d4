import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { z } from 'zod';
import type { ApiReply } from '../../client/api-client.ts';
import { concertShape, paymentShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { repositoryRoot } from '../../profile.ts';
import { scheduledPerformance } from './api-shapes.ts';
import { giveUpDelivery, loseRoom, parkLetter } from './books-to-act-on.ts';
import { expectRefusal } from './refusals.ts';
import { changeRoom, newConcert } from './test-room.ts';
import {
  addPerformance,
  changeBooks,
  countSeats,
  eventually,
  holdFor,
  newBuyer,
  newOrganiser,
  newVisitor,
  openSale,
  openTestShop,
  sqlId,
  type TestShop,
} from './test-shop.ts';

const document = z.object({ paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))) });
const { paths } = document.parse(JSON.parse(readFileSync(`${repositoryRoot}docs/openapi.json`, 'utf8')));
/** Everything that administrators can change, as the gateway serves it. */
const writes = Object.entries(paths)
  .filter(([path]) => path.startsWith('/api/v1/admin/'))
  .flatMap(([, methods]) => Object.entries(methods).filter(([method]) => method !== 'get'))
  .map(([method, { operationId }]) => ({ method, operationId }));

const auditPage = z.object({
  items: z.array(z.object({ id: z.string(), action: z.string(), subject: z.string(), detail: z.record(z.string(), z.unknown()) })),
});
const concertInHall = concertShape.extend({ venue: z.object({ id: z.string() }) });
const settingShape = z.object({ value: z.number() });

const receiver = 'http://127.0.0.1:65000/nobody-listens';

let shop: TestShop;
let sale: Sale;
const webhooks: string[] = [];
const sagas: string[] = [];
beforeAll(async () => {
  shop = await openTestShop();
  sale = await openSale(shop, 8);
});
afterAll(async () => {
  for (const id of sagas) {
    await changeBooks(shop, 'payment', `DELETE FROM sagas WHERE id = ${sqlId(id)}`);
    // A try of it may have told that it is stalled.
    await changeBooks(shop, 'payment', `DELETE FROM outbox_events WHERE JSON_UNQUOTE(JSON_EXTRACT(data, '$.sagaId')) = '${id}'`);
  }
  for (const id of webhooks) await send('DELETE', `webhooks/${id}`);
  await shop.close();
});

const send = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<ApiReply> =>
  shop.api.send(method, `/admin/${path}`, { token: shop.operator.token, body });

/** Sends a request twice at once under one key, and expects it to be one. */
async function postTwice(path: string, body?: unknown): Promise<ApiReply> {
  const request = { token: shop.operator.token, idempotencyKey: newId(), body };
  const [first, again] = await Promise.all([1, 2].map(() => shop.api.send('POST', `/admin/${path}`, request)));
  if (!first || !again) throw new Error('no answer');
  const named = ({ status, body: answer }: ApiReply) => [status, z.looseObject({ id: z.string().optional() }).parse(answer).id];
  expect(named(again)).toEqual(named(first));
  return first;
}

const idOf = ({ body }: ApiReply): string => z.object({ id: z.string() }).parse(body).id;

async function putSetting(key: string): Promise<[ApiReply, string]> {
  const { value } = await shop.api.call(settingShape, 'GET', `/admin/settings/${key}`, { token: shop.operator.token });
  return [await send('PUT', `settings/${key}`, { value }), key];
}

/** A refund that nobody asked for, and that waits for an operator. */
async function parkSaga(): Promise<string> {
  const id = newId();
  sagas.push(id);
  await changeBooks(
    shop,
    'payment',
    `INSERT INTO sagas (id, kind, subject_id, status, attempts, next_attempt_at)
     VALUES (${sqlId(id)}, 'refund', ${sqlId(newId())}, 'PARKED', 9, UTC_TIMESTAMP(3))`,
  );
  return id;
}

async function newUserId(): Promise<string> {
  const { token } = await newBuyer(shop, 0);
  return idOf(await shop.api.send('GET', '/users/me', { token }));
}

async function buyTicket(): Promise<{ paymentId: string; ticketId: string }> {
  const visitor = await newVisitor(shop, sale, 500_000);
  const { seats } = await visitor.seatMap(sale.performanceId, visitor.pass);
  const free = seats.filter(({ status }) => status === 'AVAILABLE').map(({ id }) => id);
  const reservationId = await holdFor(visitor, sale, free.slice(0, 1));
  const { id: paymentId, tickets = [] } = paymentShape.parse((await visitor.pay(reservationId)).body);
  return { paymentId, ticketId: tickets[0]?.id ?? '' };
}

const checkIns = () => `performances/${sale.performanceId}/check-ins`;

async function newSteward(): Promise<string> {
  const { token } = await newBuyer(shop, 0);
  const { id } = await shop.api.call(z.object({ id: z.string() }), 'GET', '/users/me', { token });
  return `performances/${sale.performanceId}/gate-staff/${id}`;
}

async function addWebhook(): Promise<[ApiReply, string]> {
  const reply = await postTwice('webhooks', { url: receiver, types: ['reservation.refunded'] });
  webhooks.push(idOf(reply));
  return [reply, idOf(reply)];
}

const soon = () => new Date(Date.now() + 86_400_000).toISOString();

async function addDraft(): Promise<string> {
  const venue = { name: 'Audited Hall', city: 'Seoul', timeZone: 'Asia/Seoul' };
  const body = { title: newId(), artist: 'Somebody', description: '', venue, saleOpensAt: soon(), draft: true };
  return idOf(await send('POST', 'concerts', body));
}

/** One more performance of the sale's concert. */
async function addNight(): Promise<string> {
  const sections = [{ name: 'Floor', rows: 1, seatsPerRow: 2, price: 1_000 }];
  return idOf(await send('POST', `concerts/${sale.concertId}/performances`, { startsAt: soon(), sections }));
}

/** Each write by its operation: does it, and says what it was done to. */
const acts: Record<string, () => Promise<[reply: ApiReply, subject: string]>> = {
  createConcert: async () => {
    const venue = { name: 'Audited Hall', city: 'Seoul', timeZone: 'Asia/Seoul' };
    const body = { title: newId(), artist: 'Somebody', description: '', venue, saleOpensAt: new Date().toISOString() };
    const reply = await postTwice('concerts', body);
    return [reply, idOf(reply)];
  },
  updateConcert: async () => [await send('PATCH', `concerts/${sale.concertId}`, { artist: newId() }), sale.concertId],
  publishConcert: async () => {
    const id = await addDraft();
    return [await postTwice(`concerts/${id}/publish`), id];
  },
  cancelConcert: async () => {
    const id = await newConcert(shop, shop.operator.token, Date.now());
    return [await postTwice(`concerts/${id}/cancel`), id];
  },
  updatePerformance: async () => {
    const id = await addNight();
    return [await send('PATCH', `performances/${id}`, { maxSeatsPerPerson: 2 }), id];
  },
  cancelPerformance: async () => {
    const id = await addNight();
    return [await postTwice(`performances/${id}/cancel`), id];
  },
  updateVenue: async () => {
    const { venue } = await shop.api.call(concertInHall, 'GET', `/concerts/${sale.concertId}`);
    return [await send('PATCH', `venues/${venue.id}`, { timeZone: 'Asia/Seoul' }), venue.id];
  },
  schedulePerformance: async () => {
    const sections = [{ name: 'Floor', rows: 1, seatsPerRow: 2, price: 1_000 }];
    const reply = await postTwice(`concerts/${sale.concertId}/performances`, { startsAt: soon(), sections });
    return [reply, idOf(reply)];
  },
  createWebhook: addWebhook,
  deleteWebhook: async () => {
    const [, id] = await addWebhook();
    return [await send('DELETE', `webhooks/${id}`), id];
  },
  redeliverWebhook: async () => {
    const { webhook, id } = await giveUpDelivery(shop, receiver);
    webhooks.push(webhook);
    return [await postTwice(`webhooks/${webhook}/deliveries/${id}/redeliver`), id];
  },
  blockSeats: async () => {
    const hall = await addPerformance(shop, sale, { seats: 2, startsAt: new Date(soon()) });
    const reply = await postTwice(`performances/${hall.performanceId}/blocks`, { positions: [1], reason: 'a test' });
    return [reply, idOf(reply)];
  },
  releaseBlock: async () => {
    const hall = await addPerformance(shop, sale, { seats: 2, startsAt: new Date(soon()) });
    const path = `performances/${hall.performanceId}/blocks`;
    const id = idOf(await send('POST', path, { positions: [1], reason: 'a test' }));
    return [await send('DELETE', `${path}/${id}`), id];
  },
  updateRoom: async () => [await send('PUT', `rooms/${sale.concertId}`, { capacity: 900 }), sale.concertId],
  restartRoom: async () => {
    const concertId = await newConcert(shop, shop.operator.token, Date.now());
    await changeRoom(shop, concertId, { capacity: 5 });
    await loseRoom(shop, concertId);
    return [await postTwice(`rooms/${concertId}/restarts`), concertId];
  },
  revokePass: async () => {
    const visitor = await newVisitor(shop, sale, 0);
    const { id } = await shop.api.call(z.object({ id: z.string() }), 'GET', '/users/me', { token: visitor.token });
    return [await send('DELETE', `rooms/${sale.concertId}/passes/${id}`), sale.concertId];
  },
  setRoles: async () => {
    const id = await newUserId();
    return [await send('PUT', `users/${id}/roles`, { roles: ['fan', 'organiser'] }), id];
  },
  mendEmail: async () => {
    const id = await newUserId();
    return [await postTwice(`users/${id}/email`, { email: `${newId()}@example.com` }), id];
  },
  putSynonyms: async () => [await send('PUT', 'synonyms', { groups: [] }), 'synonyms'],
  putSetting: async () => {
    await putSetting('hold.minutes');
    return putSetting('queue.capacity');
  },
  retrySaga: async () => {
    const id = await parkSaga();
    return [await postTwice(`sagas/${id}/retry`), id];
  },
  forceSaga: async () => {
    const id = await parkSaga();
    return [await postTwice(`sagas/${id}/force`, { outcome: 'complete', reason: 'a test' }), id];
  },
  cancelPayment: async () => {
    const { paymentId: id } = await buyTicket();
    return [await postTwice(`payments/${id}/cancel`, { reason: 'a test' }), id];
  },
  checkIn: async () => {
    const { ticketId } = await buyTicket();
    return [await postTwice(checkIns(), { ticketId, nonce: newId() }), ticketId];
  },
  checkInAll: async () => {
    const { ticketId } = await buyTicket();
    return [await postTwice(`${checkIns()}/batch`, { items: [{ ticketId, nonce: newId() }] }), ticketId];
  },
  undoCheckIn: async () => {
    const { ticketId } = await buyTicket();
    await send('POST', checkIns(), { ticketId, nonce: newId() });
    return [await send('DELETE', `${checkIns()}/${ticketId}`), ticketId];
  },
  putGateStaff: async () => [await send('PUT', await newSteward()), sale.performanceId],
  removeGateStaff: async () => {
    const path = await newSteward();
    await send('PUT', path);
    return [await send('DELETE', path), sale.performanceId];
  },
  redriveDeadLetter: async () => {
    const id = await parkLetter(shop);
    return [await postTwice(`dead-letters/${id}/redrive`), id];
  },
  redriveDeadLetters: async () => {
    await parkLetter(shop);
    return [await postTwice('dead-letters/redrive', { service: 'concert' }), 'concert'];
  },
  discardDeadLetter: async () => {
    const id = await parkLetter(shop);
    return [await postTwice(`dead-letters/${id}/discard`, { reason: 'a test' }), id];
  },
  replayEvents: async () => {
    const times = { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' };
    const reply = await postTwice('events/replays', { service: 'concert', ...times });
    return [reply, idOf(reply)];
  },
};

const audit = async () => (await shop.api.call(auditPage, 'GET', '/admin/audit?limit=100', { token: shop.operator.token })).items;

describe('a write of an administrator', () => {
  it.each(writes)('is written down once, with what was there before and after: $method $operationId', async ({ operationId }) => {
    const act = acts[operationId];
    if (!act) throw new Error(`add how ${operationId} is done, so that its entry in the audit can be looked for`);
    const last = (await audit())[0]?.id ?? '';
    const [reply, subject] = await act();
    expect([200, 201, 202, 204]).toContain(reply.status);
    const entries = (await audit()).filter((entry) => entry.id > last && entry.subject === subject);
    const [newest] = entries;
    expect(Object.keys(newest?.detail ?? {})).toEqual(expect.arrayContaining(['before', 'after']));
    expect(entries.filter(({ action }) => action === newest?.action)).toHaveLength(1);
  });
});

describe('another organiser', () => {
  it('finds neither the concert nor its performances, room and venue, and changes nothing of them', async () => {
    const [one, other] = [await newOrganiser(shop), await newOrganiser(shop)];
    const venue = { name: newId(), city: 'Seoul', timeZone: 'Asia/Seoul' };
    const body = { title: newId(), artist: 'Somebody', description: '', venue, saleOpensAt: soon() };
    const created = await shop.api.send('POST', '/admin/concerts', { token: one.token, body });
    const { id, venue: hall } = concertInHall.parse(created.body);
    const evening = { startsAt: soon(), sections: [{ name: 'Floor', rows: 1, seatsPerRow: 2, price: 1_000 }] };
    const { id: night } = scheduledPerformance.parse(
      (await shop.api.send('POST', `/admin/concerts/${id}/performances`, { token: one.token, body: evening })).body,
    );
    await eventually('the seats', async () =>
      (await countSeats(shop, { ...sale, performanceId: night })).AVAILABLE === 2 ? true : undefined,
    );
    const requests: ['GET' | 'POST' | 'PUT' | 'PATCH', string, unknown, string][] = [
      ['PATCH', `/admin/concerts/${id}`, { title: 'Mine' }, 'concert-not-found'],
      ['POST', `/admin/concerts/${id}/performances`, evening, 'concert-not-found'],
      ['GET', `/admin/performances/${night}/blocks`, undefined, 'performance-not-found'],
      ['GET', `/admin/rooms/${id}`, undefined, 'concert-not-found'],
      ['PUT', `/admin/rooms/${id}`, { closed: true }, 'concert-not-found'],
      ['PATCH', `/admin/venues/${hall.id}`, { timeZone: 'Asia/Tokyo' }, 'venue-not-found'],
    ];
    const last = (await audit())[0]?.id ?? '';
    for (const [method, path, change, code] of requests) {
      expectRefusal(await shop.api.send(method, path, { token: other.token, body: change }), 404, code);
    }
    expect((await audit()).filter((entry) => entry.id > last && [id, hall.id].includes(entry.subject))).toEqual([]);
    expectRefusal(await shop.api.send('PUT', '/admin/synonyms', { token: one.token, body: { groups: [] } }), 403, 'forbidden');
    for (const { token } of [one, shop.operator]) {
      for (const [method, path, change] of requests)
        expect((await shop.api.send(method, path, { token, body: change })).status).toBeLessThan(300);
    }
  });
});
