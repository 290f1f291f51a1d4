import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '@ticketing/common/config';
import { pollUntil } from '@ticketing/common/poll-until';
import { runMain } from '@ticketing/common/service-app';
import { z } from 'zod';

// One purchase over the public API, as a check that an installation works: a new person signs up, queues, holds the cheapest way into
// a concert, pays, sees the ticket, and gives everything back. Run by `helm test`.

const environment = z.object({
  /** For example http://gateway:8080/api/v1. */
  API_URL: z.url(),
  /** The concert to go to; by default the first that is on sale and has seats. */
  CONCERT_ID: z.uuid().optional(),
  /** How long to wait in the room, in seconds. */
  PATIENCE_SECONDS: z.coerce.number().int().min(1).max(3_600).default(120),
});

const shapes = {
  session: z.object({ accessToken: z.string() }),
  concerts: z.object({
    items: z.array(z.object({ id: z.string(), title: z.string(), status: z.string() })),
    nextCursor: z.string().nullable(),
  }),
  performances: z.object({ items: z.array(z.object({ id: z.string() })) }),
  place: z.object({ status: z.string(), pass: z.string().optional() }),
  reservation: z.object({ id: z.string(), amount: z.number(), status: z.string() }),
  payment: z.object({ id: z.string(), status: z.string(), tickets: z.array(z.object({ id: z.string() })).default([]) }),
  ticket: z.object({ status: z.literal('VALID'), qr: z.string() }),
  anything: z.unknown(),
};

type Method = 'GET' | 'POST' | 'DELETE';

const config = loadConfig(environment);
const tries = 20;
const replyTimeoutMs = 30_000;

/** An answer that is no success and does not say to come again. */
class UnexpectedReply extends Error {
  override readonly name = 'UnexpectedReply';
  /** The problem's stable code, when the answer is one. */
  readonly code: string | undefined;
  constructor(request: string, status: number, text: string) {
    super(`${request}: ${status} ${text.slice(0, 500)}`);
    this.code = /"code":"([a-z-]+)"/.exec(text)?.[1];
  }
}

/** The person who buys. */
const me = { token: '', pass: '' };

/** Sends until there is an answer that is final, under one Idempotency-Key; told by Retry-After to come again, it does. */
async function call<T extends z.ZodType>(shape: T, method: Method, path: string, body?: unknown): Promise<z.infer<T>> {
  const headers = {
    'idempotency-key': randomUUID(),
    ...(me.token === '' ? {} : { authorization: `Bearer ${me.token}` }),
    ...(me.pass === '' ? {} : { 'x-queue-pass': me.pass }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  for (let left = tries; ; left -= 1) {
    const request = {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(replyTimeoutMs),
    };
    const reply = await fetch(`${config.API_URL}${path}`, request);
    const text = await reply.text();
    if (reply.ok) return shape.parse(text === '' ? undefined : JSON.parse(text));
    const after = Number(reply.headers.get('retry-after'));
    if (!(after > 0) || left === 1) throw new UnexpectedReply(`${method} ${path}`, reply.status, text);
    await delay(after * 1_000);
  }
}

async function findPerformance(): Promise<{ concertId: string; performanceId: string }> {
  const free = async (concertId: string): Promise<string | undefined> =>
    (await call(shapes.performances, 'GET', `/concerts/${concertId}/performances?available=true`)).items[0]?.id;
  if (config.CONCERT_ID) {
    const performanceId = await free(config.CONCERT_ID);
    if (performanceId) return { concertId: config.CONCERT_ID, performanceId };
    throw new Error(`concert ${config.CONCERT_ID} has no performance with free seats`);
  }
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: z.infer<typeof shapes.concerts> = await call(
      shapes.concerts,
      'GET',
      `/concerts?limit=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { id, status } of page.items) {
      const performanceId = status === 'ON_SALE' ? await free(id) : undefined;
      if (performanceId) return { concertId: id, performanceId };
    }
    cursor = page.nextCursor;
  }
  throw new Error('no concert is on sale: publish one first, or install with seed.enabled=true');
}

async function signUp(): Promise<void> {
  const credentials = { email: `check-${randomUUID()}@example.com`, password: randomUUID() };
  await call(shapes.anything, 'POST', '/users', { ...credentials, name: 'Installation check' });
  me.token = (await call(shapes.session, 'POST', '/sessions', credentials)).accessToken;
}

/** @returns false where only people with a verified address may, for nobody reads the mails to this one */
async function join(concertId: string): Promise<boolean> {
  try {
    await call(shapes.place, 'POST', '/queue/tokens', { concertId });
    return true;
  } catch (error) {
    if (error instanceof UnexpectedReply && error.code === 'address-not-verified') return false;
    throw error;
  }
}

async function awaitTurn(concertId: string): Promise<void> {
  const pass = await pollUntil(async () => {
    const place = await call(shapes.place, 'GET', `/queue/tokens/${concertId}`);
    if (place.status === 'SOLD_OUT') throw new Error(`concert ${concertId} is sold out`);
    return place.pass;
  }, config.PATIENCE_SECONDS * 1_000);
  if (pass === undefined) throw new Error(`still waiting for concert ${concertId} after ${config.PATIENCE_SECONDS} s`);
  me.pass = pass;
}

/** Right after a performance was published its seats are still being built; until then nothing knows it. */
async function tryToHold(performanceId: string): Promise<z.infer<typeof shapes.reservation> | undefined> {
  try {
    return await call(shapes.reservation, 'POST', '/reservations', { performanceId, quantity: 1 });
  } catch (error) {
    if (error instanceof UnexpectedReply && error.code === 'performance-not-found') return undefined;
    throw error;
  }
}

async function buy(performanceId: string): Promise<z.infer<typeof shapes.payment>> {
  const hold = await pollUntil(() => tryToHold(performanceId), config.PATIENCE_SECONDS * 1_000);
  if (!hold) throw new Error(`performance ${performanceId} has no seats after ${config.PATIENCE_SECONDS} s`);
  await call(shapes.anything, 'POST', '/points/charges', { amount: hold.amount });
  const { id } = await call(shapes.payment, 'POST', '/payments', { reservationId: hold.id });
  return settled(id, 'COMPLETED');
}

/** Waits for the end of a payment whose outcome was not yet known. */
async function settled(paymentId: string, wanted: string): Promise<z.infer<typeof shapes.payment>> {
  const look = async () => {
    const payment = await call(shapes.payment, 'GET', `/payments/${paymentId}`);
    if (payment.status === 'FAILED') throw new Error(`payment ${paymentId} failed`);
    return payment.status === wanted ? payment : undefined;
  };
  const payment = await pollUntil(look, config.PATIENCE_SECONDS * 1_000);
  if (payment) return payment;
  throw new Error(`payment ${paymentId} is not ${wanted} after ${config.PATIENCE_SECONDS} s`);
}

runMain(async () => {
  await signUp();
  console.log('signed up and in');
  const { concertId, performanceId } = await findPerformance();
  if (!(await join(concertId))) {
    console.log('waiting rooms are for verified addresses only (queue.verified-only): the check ends in front of them');
    return;
  }
  await awaitTurn(concertId);
  console.log(`let in to concert ${concertId}`);
  const payment = await buy(performanceId);
  for (const { id } of payment.tickets) {
    await call(shapes.ticket, 'GET', `/tickets/${id}`);
    console.log(`bought ticket ${id}`);
  }
  if (payment.tickets.length !== 1) throw new Error(`payment ${payment.id} brought ${payment.tickets.length} tickets instead of one`);
  await call(shapes.anything, 'POST', `/payments/${payment.id}/refunds`, {});
  await settled(payment.id, 'REFUNDED');
  console.log('given back');
});
