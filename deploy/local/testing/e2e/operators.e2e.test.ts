import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { z } from 'zod';
import { paymentShape } from '../../client/shapes.ts';
import { expectRefusal } from './refusals.ts';
import {
  changeBooks,
  eventually,
  holdFor,
  newVisitor,
  openSale,
  openTestShop,
  seatIdsOf,
  sqlId,
  type TestShop,
  walletOf,
} from './test-shop.ts';

const letterShape = z.object({
  id: z.uuid(),
  service: z.string(),
  eventId: z.string(),
  type: z.string(),
  status: z.string(),
  error: z.string(),
  attempts: z.number(),
  event: z.looseObject({ data: z.unknown() }),
  headers: z.record(z.string(), z.string()),
});
const letterPage = z.object({ items: z.array(letterShape), nextCursor: z.string().nullable() });
const auditPage = z.object({
  items: z.array(z.object({ id: z.uuid(), actorId: z.uuid(), action: z.string(), subject: z.string(), at: z.iso.datetime() })),
  nextCursor: z.string().nullable(),
});
const sagaPage = z.object({
  items: z.array(
    z.object({
      id: z.uuid(),
      kind: z.string(),
      subjectId: z.uuid(),
      status: z.string(),
      steps: z.array(z.object({ step: z.string(), outcome: z.string() })),
    }),
  ),
  nextCursor: z.string().nullable(),
});
const replayShape = z.object({ id: z.uuid(), matched: z.number(), published: z.number(), status: z.string() });

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const get = <T extends z.ZodType>(shape: T, path: string): Promise<z.infer<T>> =>
  shop.api.call(shape, 'GET', `/admin/${path}`, { token: shop.operator.token });
const post = (path: string, body?: unknown) => shop.api.send('POST', `/admin/${path}`, { token: shop.operator.token, body });

/** Publishes an event as the reservation service would. */
async function publish(event: { id: string; type: string; key: string; data: unknown }): Promise<void> {
  const instance = shop.stack.instances.find(({ service }) => service === 'reservation');
  const query = new URLSearchParams({
    'metadata.cloudevent.id': event.id,
    'metadata.cloudevent.type': event.type,
    'metadata.partitionKey': event.key,
  });
  const reply = await fetch(`http://127.0.0.1:${instance?.daprHttpPort}/v1.0/publish/ticketing-events/reservations?${query.toString()}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'dapr-api-token': shop.stack.daprApiToken },
    body: JSON.stringify(event.data),
  });
  expect(reply.status).toBe(204);
}

const held = (reservationId: string, amount: number) => ({
  ...{ reservationId, performanceId: newId(), concertId: newId(), userId: newId(), seatIds: [newId()], amount },
  expiresAt: new Date().toISOString(),
});

const payableAmounts = async (reservationId: string): Promise<number[]> =>
  (await shop.books.payment.rows(`SELECT amount FROM payable_reservations WHERE reservation_id = ${sqlId(reservationId)}`)).map((row) =>
    Number(row.amount),
  );

/** Takes the price of a reservation away again, of whose event payment is to make something else, or nothing. */
function forgetPayable(reservationId: string): Promise<void> {
  return changeBooks(shop, 'payment', `DELETE FROM payable_reservations WHERE reservation_id = ${sqlId(reservationId)}`);
}

describe('an event that only one consumer fails at', () => {
  it('goes to the dead letters while its partition goes on, and has its effect once when it is redriven', async () => {
    const [reservationId, next, key] = [newId(), newId(), newId()];
    await publish({ id: newId(), type: 'reservation.held', key, data: held(reservationId, 1_000) });
    // Another event about the same reservation violates a key, whenever it is tried.
    const poison = { id: newId(), type: 'reservation.held', key, data: held(reservationId, 2_000) };
    await publish(poison);
    await publish({ id: newId(), type: 'reservation.held', key, data: held(next, 3_000) });
    await eventually('the next event is taken', async () => ((await payableAmounts(next)).length === 1 ? true : undefined));

    const find = async () =>
      (await get(letterPage, 'dead-letters?service=payment&limit=100')).items.find(({ eventId }) => eventId === poison.id);
    const letter = await eventually('the event is among the dead letters', find);
    expect(letter).toMatchObject({ service: 'payment', type: 'reservation.held', status: 'PARKED', attempts: 5 });
    expect(letter.error).toContain('Duplicate');
    expect(letter.event.data).toEqual(poison.data);
    expect(Object.keys(letter.headers)).not.toContain('dapr-api-token');

    await forgetPayable(reservationId);
    expect(await post(`dead-letters/${letter.id}/redrive`)).toMatchObject({ status: 202, body: { id: letter.id, status: 'REDRIVING' } });
    await eventually('it is taken', async () => ((await find())?.status === 'REDRIVEN' ? true : undefined));
    expect(await payableAmounts(reservationId)).toEqual([2_000]);
    // Events that no reservation stands behind leave nothing in the books.
    await Promise.all([reservationId, next].map(forgetPayable));
    expectRefusal(await post(`dead-letters/${letter.id}/redrive`), 409, 'dead-letter-not-parked');
    const { items } = await get(auditPage, 'audit?limit=100');
    expect(items.filter(({ subject }) => subject === letter.id).map(({ action }) => action)).toEqual(['dead-letter.redrive']);
  });

  it('is put away with a reason when nobody can read it', async () => {
    const nonsense = { id: newId(), type: 'reservation.held', key: newId(), data: { reservationId: 'none' } };
    await publish(nonsense);
    const letter = await eventually('the event is among the dead letters', async () =>
      (await get(letterPage, 'dead-letters?status=PARKED&limit=100')).items.find(({ eventId }) => eventId === nonsense.id),
    );
    expect(letter).toMatchObject({ error: 'its data are no reservation.held', attempts: 1 });
    expectRefusal(await post(`dead-letters/${letter.id}/discard`, {}), 422, 'invalid-request');
    expect(await post(`dead-letters/${letter.id}/discard`, { reason: 'made by a test' })).toMatchObject({
      status: 200,
      body: { id: letter.id, status: 'DISCARDED' },
    });
  });
});

/** How many events of a type the instances of a service have taken. */
async function takenBy(service: string, type: string): Promise<number> {
  const instances = shop.stack.instances.filter((instance) => instance.service === service);
  const pages = await Promise.all(instances.map(async ({ appPort }) => (await fetch(`http://127.0.0.1:${appPort}/metrics`)).text()));
  const series = new RegExp(`^ticketing_events_consumed_total\\{[^}]*type="${type}"[^}]*\\} (\\d+)`, 'gm');
  return pages.flatMap((page) => [...page.matchAll(series)]).reduce((sum, [, count]) => sum + Number(count), 0);
}

describe('a replay', () => {
  it('is taken by what is derived from events, and by nothing else', async () => {
    const from = new Date();
    const sale = await openSale(shop, 1);
    const visitor = await newVisitor(shop, sale);
    const before = await takenBy('payment', 'reservation.held');
    const reservationId = await holdFor(visitor, sale, await seatIdsOf(sale, visitor));
    const replayed = async (service: string): Promise<void> => {
      const asked = replayShape.parse((await post('events/replays', { service, from, to: new Date(Date.now() + 60_000) })).body);
      await eventually('all of it is published', async () =>
        (await get(replayShape, `events/replays/${asked.id}`)).status === 'COMPLETED' ? true : undefined,
      );
    };
    await eventually('the hold is taken', async () => {
      const isKnown = (await payableAmounts(reservationId)).length === 1;
      return isKnown && (await takenBy('payment', 'reservation.held')) > before ? true : undefined;
    });
    const [index, holds] = [await takenBy('concert', 'concert.created'), await takenBy('payment', 'reservation.held')];
    await replayed('reservation');
    await replayed('concert');
    await eventually('the index takes it', async () => ((await takenBy('concert', 'concert.created')) > index ? true : undefined));
    expect(await takenBy('payment', 'reservation.held')).toBe(holds);
  });

  it('reaches what is derived and leaves money alone', async () => {
    const from = new Date();
    const sale = await openSale(shop, 2);
    const visitor = await newVisitor(shop, sale, 500_000);
    const reservationId = await holdFor(visitor, sale, (await seatIdsOf(sale, visitor)).slice(0, 1));
    expect((await visitor.pay(reservationId)).status).toBe(201);
    const wallet = await walletOf(shop, visitor);
    const to = new Date(Date.now() + 60_000);
    for (const service of ['concert', 'reservation', 'payment']) {
      const asked = await eventually('something matches', async () => {
        const reply = await post('events/replays', { service, from, to });
        expect(reply.status).toBe(202);
        const replay = replayShape.parse(reply.body);
        return replay.matched > 0 ? replay : undefined;
      });
      const done = await eventually('all of it is published', async () => {
        const replay = await get(replayShape, `events/replays/${asked.id}`);
        return replay.status === 'COMPLETED' ? replay : undefined;
      });
      expect(done.published).toBe(asked.matched);
    }
    expect(await walletOf(shop, visitor)).toEqual(wallet);
  });

  it.each([
    ['a time that ends before it begins', { service: 'concert', from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }],
    ['a service without events', { service: 'gateway', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' }],
    ['a type that there is not', { service: 'concert', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z', types: ['x'] }],
  ])('is refused for %s', async (_what, body) => {
    expectRefusal(await post('events/replays', body), 422, 'invalid-request');
  });
});

describe('sagas', () => {
  it('are listed with their steps; what has ended stays so; and what is paid can be cancelled', async () => {
    const sale = await openSale(shop, 1);
    const visitor = await newVisitor(shop, sale, 500_000);
    const reservationId = await holdFor(visitor, sale, await seatIdsOf(sale, visitor));
    const { id: paymentId } = paymentShape.parse((await visitor.pay(reservationId)).body);
    const find = async (kind: string, subjectId: string) =>
      (await get(sagaPage, 'sagas?status=COMPLETED&limit=100')).items.find((saga) => saga.kind === kind && saga.subjectId === subjectId);
    const saga = await find('payment', paymentId);
    expect(saga?.steps.map(({ step, outcome }) => `${step} ${outcome}`).sort()).toEqual([
      'capture-points done',
      'confirm-reservation done',
      'reserve-points done',
    ]);
    expectRefusal(await post(`sagas/${saga?.id ?? ''}/retry`), 409, 'saga-ended');
    expectRefusal(await post(`sagas/${saga?.id ?? ''}/force`, { outcome: 'compensate', reason: 'a try' }), 409, 'saga-ended');
    expectRefusal(await post(`sagas/${randomUUID()}/force`, { outcome: 'complete', reason: 'a try' }), 404, 'saga-not-found');

    const cancelled = await post(`payments/${paymentId}/cancel`, { reason: 'the hall burned down' });
    expect(cancelled).toMatchObject({ status: 201, body: { paymentId, status: 'COMPLETED' } });
    expect(await walletOf(shop, visitor)).toEqual({ balance: 500_000, reserved: 0 });
    expectRefusal(await post(`payments/${paymentId}/cancel`, { reason: 'once more' }), 409, 'already-refunded');
  });
});

describe('what operators see', () => {
  it.each(['sagas', 'dead-letters', 'audit'])('of %s is for operators, in pages', async (path) => {
    const { token } = await newVisitor(shop, await openSale(shop, 1));
    expectRefusal(await shop.api.send('GET', `/admin/${path}`, { token }), 403, 'forbidden');
    expectRefusal(await shop.api.send('GET', `/admin/${path}`), 401, 'unauthenticated');
    expectRefusal(await shop.api.send('GET', `/admin/${path}?cursor=nonsense`, { token: shop.operator.token }), 422, 'invalid-cursor');
    const page = z.object({ items: z.array(z.object({ id: z.uuid() })), nextCursor: z.string().nullable() });
    const ids: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 3; pages += 1) {
      const { items, nextCursor }: z.infer<typeof page> = await get(page, `${path}?limit=1${cursor && `&cursor=${cursor}`}`);
      ids.push(...items.map(({ id }) => id));
      cursor = nextCursor;
    }
    expect(ids).toEqual([...new Set(ids)].toSorted().toReversed());
  });
});
