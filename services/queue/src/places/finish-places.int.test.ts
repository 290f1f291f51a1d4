import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { isRefusal } from '@ticketing/common/refusal';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { type ServedApp, serveApp } from '@ticketing/common/testing/serve-app';
import { verifyJwt } from '@ticketing/common/testing/verify-jwt';
import type { EventData } from '@ticketing/contracts/events';
import { QueueService, TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { createApp } from '../app.ts';
import type { Context } from '../context.ts';
import { passIdOf } from '../passes/pass-issuer.ts';
import { countActive, createTestContext, join, leave, look, newPeople, openRoom, releaseRoomNow } from '../testing/test-rooms.ts';

let ctx: Context;
let other: Context;
let app: ServedApp;
beforeAll(async () => {
  [ctx, other] = await Promise.all([createTestContext('one'), createTestContext('two')]);
  app = await serveApp(createApp(ctx));
});
afterAll(async () => {
  await app.close();
  await Promise.all([ctx.stop(), other.stop()]);
});

const capacity = 5;

/** Everybody joins, in order, and both instances let people in at once. */
async function fillRoom(people: string[]): Promise<string> {
  const concertId = await openRoom(ctx, { capacity });
  for (const userId of people) await join(ctx, concertId, userId);
  await releaseManyTimes(concertId);
  return concertId;
}

async function releaseManyTimes(concertId: string): Promise<void> {
  await Promise.all(Array.from({ length: 10 }, (_, index) => releaseRoomNow(index % 2 ? ctx : other, concertId)));
}

interface Paid {
  concertId: string;
  userId: string;
  paymentId?: string;
  passId?: string;
}

function completed({ concertId, userId, paymentId = newId(), passId }: Paid): EventData<'payment.completed'> {
  return {
    paymentId,
    concertId,
    userId,
    reservationId: newId(),
    performanceId: newId(),
    amount: 50_000,
    ...(passId !== undefined && { passId }),
  };
}

/** Delivers an event as the sidecar does. */
async function deliver(concertId: string, userId: string, paymentId = newId(), eventId = newId(), passId?: string): Promise<void> {
  const data = completed({ concertId, userId, paymentId, ...(passId !== undefined && { passId }) });
  expect(await post({ id: eventId, type: 'payment.completed', data })).toEqual({ status: 'SUCCESS' });
}

/** Delivers events in a group, as the sidecar does. */
async function deliverAll(payments: Paid[]): Promise<void> {
  const entries = payments.map((payment, index) => ({
    entryId: String(index),
    event: { id: newId(), type: 'payment.completed', data: completed(payment) },
  }));
  const statuses = entries.map(({ entryId }) => ({ entryId, status: 'SUCCESS' }));
  expect(await post({ id: newId(), type: 'com.dapr.event.sent.bulk', entries })).toEqual({ statuses });
}

async function post(body: object): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${app.port}/events/payments`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', 'dapr-api-token': ctx.config.APP_API_TOKEN },
    body: JSON.stringify(body),
  });
  return response.json();
}

async function servedIn(concertId: string): Promise<number> {
  const room = await ctx.rooms.reload(concertId);
  if (isRefusal(room)) throw new Error('the room is gone');
  return (await ctx.counters.reload(room)).serving;
}

describe('admission', () => {
  it('never lets in more than the capacity, however many releasers run at once', async () => {
    const people = newPeople(30);
    const concertId = await fillRoom(people);
    expect(await servedIn(concertId)).toBe(capacity);
    expect(await countActive(ctx, concertId, people)).toBe(capacity);
    await releaseManyTimes(concertId);
    expect(await countActive(other, concertId, people)).toBe(capacity);
  });

  it('lets exactly one more in for each payment, however often its event comes', async () => {
    const people = newPeople(20);
    const concertId = await fillRoom(people);
    const [payer, next] = [people[2]!, people[capacity]!];
    const [paymentId, eventId] = [newId(), newId()];
    await deliver(concertId, payer, paymentId, eventId);
    await Promise.all([deliver(concertId, payer, paymentId, eventId), deliver(concertId, payer, paymentId, eventId)]);
    await releaseManyTimes(concertId);

    expect(await servedIn(concertId)).toBe(capacity + 1);
    expect(await countActive(ctx, concertId, people)).toBe(capacity);
    for (const instance of [other, ctx]) {
      expect(await look(instance, concertId, payer)).toMatchObject({ status: TokenStatus.EXPIRED, pass: undefined });
    }
    expect(await look(ctx, concertId, next)).toMatchObject({ status: TokenStatus.ACTIVE, position: capacity + 1 });

    // Whoever has paid and joins again waits; the old payment's event must not end the new place.
    const again = await join(ctx, concertId, payer);
    expect(again).toMatchObject({ status: TokenStatus.WAITING, position: 21, created: true });
    await deliver(concertId, payer, paymentId, eventId);
    // The other instance remembers the place that was paid with.
    for (const instance of [ctx, other]) {
      expect(await look(instance, concertId, payer)).toMatchObject({ status: TokenStatus.WAITING, position: 21 });
    }
  });

  it('leaves a pass that the payment was not made with', async () => {
    const people = newPeople(capacity + 1);
    const concertId = await fillRoom(people);
    const [payer, next] = [people[0]!, people[capacity]!];
    const room = await ctx.rooms.reload(concertId);
    if (isRefusal(room)) throw new Error('the room is gone');
    await deliver(concertId, payer, newId(), newId(), passIdOf(room, payer, 2));
    expect(await look(ctx, concertId, payer)).toMatchObject({ status: TokenStatus.ACTIVE, position: 1 });
    await deliver(concertId, payer, newId(), newId(), passIdOf(room, payer, 1));
    expect(await look(ctx, concertId, payer)).toMatchObject({ status: TokenStatus.EXPIRED });
    await releaseManyTimes(concertId);
    expect(await look(ctx, concertId, next)).toMatchObject({ status: TokenStatus.ACTIVE });
  });

  it('frees as many slots as there were payments when they end together', async () => {
    const people = newPeople(20);
    const concertId = await fillRoom(people);
    await Promise.all(people.slice(0, capacity).map((userId) => deliver(concertId, userId)));
    await releaseManyTimes(concertId);
    expect(await servedIn(concertId)).toBe(capacity * 2);
    expect(await countActive(ctx, concertId, people)).toBe(capacity);
  });

  it('frees all slots of a group of payments in one change of each room, and changes their places together', async () => {
    const [people, others] = [newPeople(20), newPeople(20)];
    const [concertId, anotherId] = [await fillRoom(people), await fillRoom(others)];
    for (const id of [concertId, anotherId]) await servedIn(id);
    const kindsOf = (keys: string[]): string => keys.map((key) => key.split(':')[0]).join(' ');
    const [reads, writes]: [string[], string[]] = [[], []];
    const { sidecar, store } = ctx;
    expect(store).toBe(sidecar);
    const [getStates, saveStates] = [jest.spyOn(sidecar, 'getStates'), jest.spyOn(sidecar, 'saveStates')];
    try {
      await deliverAll([
        ...people.slice(0, capacity).map((userId) => ({ concertId, userId })),
        ...others.slice(0, 2).map((userId) => ({ concertId: anotherId, userId })),
      ]);
      reads.push(...getStates.mock.calls.map(([keys]) => kindsOf(keys)));
      writes.push(...saveStates.mock.calls.map(([entries]) => kindsOf(entries.map(({ key }) => key))));
    } finally {
      getStates.mockRestore();
      saveStates.mockRestore();
    }
    const places = ['place place', 'place place place place place'];
    expect(reads.filter((kinds) => kinds.includes('place')).sort()).toEqual(places);
    expect(writes.sort()).toEqual(['admission', 'admission', ...places]);
    await releaseManyTimes(concertId);
    expect(await servedIn(concertId)).toBe(capacity * 2);
    await releaseManyTimes(anotherId);
    expect(await servedIn(anotherId)).toBe(capacity + 2);
  });

  it('shows an event of an unknown room to be done', async () => {
    await deliver(newId(), newId());
  });
});

describe('leaveQueue', () => {
  it('gives the place up at every instance, moves nobody else, and frees the slot of one who was let in', async () => {
    const people = newPeople(10);
    const concertId = await fillRoom(people);
    const [active, waiting] = [people[0]!, people[8]!];
    await look(other, concertId, waiting);
    expect(await leave(ctx, concertId, waiting)).toBe('');
    expect(await leave(ctx, concertId, waiting)).toBe('not-in-queue');
    expect(await look(ctx, concertId, waiting)).toBe('not-in-queue');
    const gone = await pollUntil(async () => ((await look(other, concertId, waiting)) === 'not-in-queue' ? true : undefined), 5_000);
    expect(gone).toBe(true);

    expect(await leave(other, concertId, active)).toBe('');
    await releaseManyTimes(concertId);
    expect(await servedIn(concertId)).toBe(capacity + 1);
    expect(await look(ctx, concertId, people[9]!)).toMatchObject({ position: 10 });
    expect(await join(ctx, concertId, waiting)).toMatchObject({ position: 11, created: true });
  });

  it('refuses who is not there', async () => {
    const concertId = await openRoom(ctx);
    expect(await leave(ctx, concertId, newId())).toBe('not-in-queue');
    expect(await look(ctx, concertId, newId())).toBe('not-in-queue');
  });
});

describe('passes', () => {
  it('name their user and room, and verify with the public keys of any instance', async () => {
    const people = newPeople(capacity + 1);
    const concertId = await fillRoom(people);
    const [userId, waiting] = [people[0]!, people[capacity]!];
    const answer = await look(ctx, concertId, userId);
    if (typeof answer === 'string' || !answer.pass) throw new Error('there is no pass');
    const { jwks } = await createRpcClient(QueueService, ctx.sidecar, 'queue').getPassKeys({});
    const { payload, kid } = await verifyJwt(jwks, answer.pass, { issuer: 'ticketing-queue', audience: 'ticketing-pass' });
    expect(payload).toMatchObject({ sub: userId, room: concertId, epoch: expect.any(String), place: 1 });
    expect(kid).toEqual(expect.any(String));
    expect(jwks).not.toContain('"d"');
    await expect(verifyJwt(jwks, answer.pass, { issuer: 'ticketing-user', audience: 'ticketing' })).rejects.toThrow();
    expect(await look(other, concertId, userId)).toMatchObject({ pass: expect.any(String) });
    expect(await look(ctx, concertId, waiting)).toMatchObject({ status: TokenStatus.WAITING, pass: undefined });
  });
});
