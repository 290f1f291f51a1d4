import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { pollUntil } from '@ticketing/common/poll-until';
import { z } from 'zod';
import { ApiClient, type ApiReply, problemCode } from '../../client/api-client.ts';
import { type Buyer, createBuyer } from '../../client/buyer.ts';
import { paymentShape, reservationShape, tokenShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';

const identified = z.object({ id: z.string() });
const charge = z.object({ id: z.string(), amount: z.number() });

/** What buyers were told. A promise counts from the moment the answer is there, whatever dies afterwards. */
export interface Promises {
  charges: Set<string>;
  payments: Set<string>;
  refunds: Set<string>;
  /** Answers that contradict each other. */
  contradictions: string[];
}

/** Buyers that hold, pay, cancel and get refunds all the time, and ask again with the same key until they know. */
export interface BuyingLoad {
  promises: Promises;
  /** Requests that were sent, requests without a final answer among them, and purchases that were completed. */
  counts: { sent: number; unanswered: number; bought: number };
  /** Lets everybody end what they are at, and waits for that. */
  pause: () => Promise<void>;
  resume: () => void;
  /** Waits until so many more requests have been sent. */
  untilSent: (more: number, timeoutMs: number) => Promise<void>;
  untilBought: (more: number, timeoutMs: number) => Promise<void>;
  /** Ends the load for good. */
  stop: () => Promise<void>;
}

const thinkMs = 60;
const retryMs = 200;
const points = 2_000_000;
// What a buyer keeps; whatever is more is given back, since a person may have no more than a few seats.
const keptPurchases = 1;

interface Person {
  buyer: Buyer;
  pass: string | undefined;
  paid: string[];
}

export async function startBuyingLoad(gatewayUrl: string, sale: Sale, people: number): Promise<BuyingLoad> {
  const api = new ApiClient(gatewayUrl, { connections: 64 });
  const promises: Promises = { charges: new Set(), payments: new Set(), refunds: new Set(), contradictions: [] };
  const counts = { sent: 0, unanswered: 0, bought: 0 };
  const state = { paused: true, stopped: false, busy: 0 };
  const shop: Shop = { api, sale, promises, counts, givesUp: () => state.paused || state.stopped };

  const crowd: Person[] = [];
  for (let count = 0; count < people; count += 1) crowd.push(await newPerson(api));
  const live = async (person: Person): Promise<void> => {
    while (!state.stopped) {
      if (!state.paused) {
        state.busy += 1;
        await visit(shop, person).catch(() => undefined);
        state.busy -= 1;
      }
      await delay(thinkMs);
    }
  };
  const lives = crowd.map(live);
  const pause = async (): Promise<void> => {
    state.paused = true;
    if (!(await pollUntil(() => Promise.resolve(state.busy === 0 || undefined), 60_000))) throw new Error('a buyer is stuck');
  };
  const until = async (count: () => number, more: number, timeoutMs: number): Promise<void> => {
    const wanted = count() + more;
    if (!(await pollUntil(() => Promise.resolve(count() >= wanted || undefined), timeoutMs))) throw new Error('the buyers do nothing');
  };
  return {
    promises,
    counts,
    pause,
    resume: () => {
      state.paused = false;
    },
    untilSent: (more, timeoutMs) => until(() => counts.sent, more, timeoutMs),
    untilBought: (more, timeoutMs) => until(() => counts.bought, more, timeoutMs),
    stop: async () => {
      state.stopped = true;
      await Promise.all(lives);
      await api.close();
    },
  };
}

async function newPerson(api: ApiClient): Promise<Person> {
  return { buyer: await createBuyer(api, `${randomUUID()}@example.com`), pass: undefined, paid: [] };
}

interface Shop extends Pick<BuyingLoad, 'promises' | 'counts'> {
  api: ApiClient;
  sale: Sale;
  givesUp: () => boolean;
}

async function visit(shop: Shop, person: Person): Promise<void> {
  person.pass ??= await enter(shop, person);
  if (person.pass === undefined) return;
  if (person.paid.length > keptPurchases) return refund(shop, person);
  const dice = Math.random();
  const reservationId = await hold(shop, person);
  if (reservationId === undefined) return chargeWallet(shop, person);
  if (dice < 0.15) return cancel(shop, person, reservationId);
  if (dice < 0.25) return payLate(shop, person, reservationId);
  if (dice < 0.35) return payTwice(shop, person, reservationId);
  return pay(shop, person, reservationId, randomUUID());
}

/** Joins the waiting room and asks until there is a pass; undefined when there is none to be had, or the load is paused before. */
async function enter(shop: Shop, person: Person): Promise<string | undefined> {
  const { concertId } = shop.sale;
  let reply = await ask(shop, person, 'POST', '/queue/tokens', { concertId });
  for (;;) {
    const place = reply && tokenShape.safeParse(reply.body).data;
    if (place?.status !== 'WAITING' && place?.status !== 'PRE_OPEN') return place?.pass;
    if (shop.givesUp()) return undefined;
    await delay(retryMs);
    reply = await ask(shop, person, 'GET', `/queue/tokens/${concertId}`);
  }
}

/** Asks until there is an answer that is final, with the same key; undefined when the load is paused before. */
async function ask(
  { api, counts, givesUp }: Shop,
  { buyer, pass }: Person,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  idempotencyKey?: string,
): Promise<ApiReply | undefined> {
  for (;;) {
    counts.sent += 1;
    const reply = await api.send(method, path, { token: buyer.token, pass, idempotencyKey, body }).catch(() => undefined);
    if (reply && reply.status < 500 && reply.status !== 429 && problemCode(reply) !== 'request-in-progress') return reply;
    counts.unanswered += 1;
    if (givesUp()) return undefined;
    await delay(retryMs);
  }
}

/** Asks for an effect, and now and then once more with the same key: it must be the same effect. */
async function askOnce(shop: Shop, person: Person, path: string, body: unknown, key: string = randomUUID()): Promise<ApiReply | undefined> {
  const first = await ask(shop, person, 'POST', path, body, key);
  if (!first || first.status >= 300 || Math.random() > 0.3) return first;
  const again = await ask(shop, person, 'POST', path, body, key);
  const [one, two] = [identified.safeParse(first.body).data?.id, again && identified.safeParse(again.body).data?.id];
  // A pass may have ended in between, and then nothing is looked up any more.
  if (again && again.status !== 403 && one !== two)
    shop.promises.contradictions.push(`${path}: ${one ?? ''}, then ${again.status} ${two ?? ''} for key ${key}`);
  return first;
}

async function chargeWallet(shop: Shop, person: Person): Promise<void> {
  const reply = await askOnce(shop, person, '/points/charges', { amount: points });
  if (reply?.status === 201) shop.promises.charges.add(charge.parse(reply.body).id);
}

async function hold(shop: Shop, person: Person): Promise<string | undefined> {
  const { performanceId } = shop.sale;
  const seats = Math.random() < 0.5 ? { quantity: 1 + Math.floor(Math.random() * 2) } : { seatIds: await chooseSeats(shop, person) };
  const reply = await askOnce(shop, person, '/reservations', { performanceId, ...seats });
  if (reply?.status === 201) return reservationShape.parse(reply.body).id;
  // A pass ends with a payment: the next visit joins the room again.
  if (reply?.status === 403) person.pass = undefined;
  // Seats of payments whose end this person never heard of count too: somebody else goes on.
  if (reply && problemCode(reply) === 'person-limit-reached') Object.assign(person, await newPerson(shop.api));
  return undefined;
}

async function chooseSeats(shop: Shop, person: Person): Promise<string[]> {
  const { seats } = await person.buyer.seatMap(shop.sale.performanceId, person.pass ?? '');
  const free = seats.filter(({ status }) => status === 'AVAILABLE').slice(0, 12);
  const start = Math.floor(Math.random() * free.length);
  return free.slice(start, start + 2).map(({ id }) => id);
}

async function pay(shop: Shop, person: Person, reservationId: string, key: string): Promise<void> {
  const reply = await askOnce(shop, person, '/payments', { reservationId }, key);
  if (reply && problemCode(reply) === 'insufficient-points') return chargeWallet(shop, person);
  let payment = reply && paymentShape.safeParse(reply.body).data;
  while (payment?.status === 'PENDING' && !shop.givesUp()) {
    await delay(retryMs);
    const look = await ask(shop, person, 'GET', `/payments/${payment.id}`);
    payment = look && paymentShape.safeParse(look.body).data;
  }
  if (payment?.status !== 'COMPLETED') return;
  shop.promises.payments.add(payment.id);
  shop.counts.bought += 1;
  person.paid.push(payment.id);
}

/** Two payments of one reservation at once: one of them wins. */
async function payTwice(shop: Shop, person: Person, reservationId: string): Promise<void> {
  await Promise.all([pay(shop, person, reservationId, randomUUID()), pay(shop, person, reservationId, randomUUID())]);
}

async function payLate(shop: Shop, person: Person, reservationId: string): Promise<void> {
  const isOver = async (): Promise<true | undefined> => {
    const reply = await ask(shop, person, 'GET', `/reservations/${reservationId}`);
    return !reply || reservationShape.safeParse(reply.body).data?.status !== 'HELD' || shop.givesUp() ? true : undefined;
  };
  await pollUntil(isOver, 20_000);
  await pay(shop, person, reservationId, randomUUID());
}

async function cancel(shop: Shop, person: Person, reservationId: string): Promise<void> {
  await ask(shop, person, 'DELETE', `/reservations/${reservationId}`);
}

/** Gives all back at once, or of two tickets one after the other, or both at the same time. */
async function refund(shop: Shop, person: Person): Promise<void> {
  const paymentId = person.paid.shift();
  if (paymentId === undefined) return;
  const giveBack = async (body: { ticketIds?: string[] }): Promise<void> => {
    const reply = await askOnce(shop, person, `/payments/${paymentId}/refunds`, body);
    const done = reply && z.object({ id: z.string(), status: z.string() }).safeParse(reply.body).data;
    if (done?.status === 'COMPLETED') shop.promises.refunds.add(done.id);
  };
  const dice = Math.random();
  const [one, two] = dice < 0.3 ? [] : await ticketsOf(shop, person, paymentId);
  if (one === undefined || two === undefined) return giveBack({});
  if (dice < 0.6) await Promise.all([giveBack({ ticketIds: [one] }), giveBack({ ticketIds: [two] })]);
  else {
    await giveBack({ ticketIds: [one] });
    await giveBack({});
  }
}

async function ticketsOf(shop: Shop, person: Person, paymentId: string): Promise<string[]> {
  const look = await ask(shop, person, 'GET', `/payments/${paymentId}`);
  const payment = look && paymentShape.safeParse(look.body).data;
  return payment?.tickets?.map(({ id }) => id) ?? [];
}
