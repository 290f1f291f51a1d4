import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type ApiClient, type ApiReply, problemCode } from './api-client.ts';
import { seatMapShape, sessionShape, tokenShape } from './shapes.ts';

const password = 'correct horse battery staple';

/** A person at the shop: signed in, with a wallet, and in time with a queue pass per concert. */
export interface Buyer {
  token: string;
  charge: (amount: number) => Promise<void>;
  /** Joins the room and waits for a pass. Undefined: the concert is sold out. */
  enter: (concertId: string) => Promise<string | undefined>;
  /** Gives the place up, so that somebody else is let in. */
  leave: (concertId: string) => Promise<void>;
  seatMap: (performanceId: string, pass: string) => Promise<z.infer<typeof seatMapShape>>;
  hold: (performanceId: string, pass: string, seatIds: string[], idempotencyKey?: string) => Promise<ApiReply>;
  /** Needs no pass: whoever holds seats may pay for them. */
  pay: (reservationId: string, options?: { idempotencyKey: string }) => Promise<ApiReply>;
}

/** Signs a person in, and up first when the address is new. */
export async function createBuyer(api: ApiClient, email: string): Promise<Buyer> {
  const signUp = await api.sendPatiently('POST', '/users', { body: { email, password, name: 'Buyer' } });
  if (signUp.status !== 201 && problemCode(signUp) !== 'email-taken') {
    throw new Error(`${email} could not sign up: ${signUp.status} ${JSON.stringify(signUp.body)}`);
  }
  return logIn(api, email);
}

/** Signs a person in who has an account. */
export async function logIn(api: ApiClient, email: string): Promise<Buyer> {
  const { accessToken } = await api.call(sessionShape, 'POST', '/sessions', { body: { email, password } });
  return buyerWithToken(api, accessToken);
}

/** A person who has an access token already. */
export function buyerWithToken(api: ApiClient, token: string): Buyer {
  return {
    token,
    charge: async (amount) => {
      await api.call(z.unknown(), 'POST', '/points/charges', { token, idempotencyKey: randomUUID(), body: { amount } });
    },
    enter: (concertId) => enter(api, token, concertId),
    leave: async (concertId) => {
      await api.call(z.unknown(), 'DELETE', `/queue/tokens/${concertId}`, { token });
    },
    seatMap: (performanceId, pass) => api.call(seatMapShape, 'GET', `/performances/${performanceId}/seats`, { token, pass }),
    hold: (performanceId, pass, seatIds, idempotencyKey = randomUUID()) =>
      api.sendPatiently('POST', '/reservations', { token, pass, idempotencyKey, body: { performanceId, seatIds } }),
    pay: (reservationId, { idempotencyKey } = { idempotencyKey: randomUUID() }) =>
      api.sendPatiently('POST', '/payments', { token, idempotencyKey, body: { reservationId } }),
  };
}

async function enter(api: ApiClient, token: string, concertId: string): Promise<string | undefined> {
  let place = await api.call(tokenShape, 'POST', '/queue/tokens', { token, body: { concertId } });
  while (place.status !== 'ACTIVE') {
    if (place.status === 'SOLD_OUT') return undefined;
    if (place.status === 'EXPIRED') throw new Error('the place in the room has expired');
    await delay(place.pollAfterMs);
    place = await api.call(tokenShape, 'GET', `/queue/tokens/${concertId}`, { token });
  }
  if (place.pass === undefined) throw new Error('an active place without a pass');
  return place.pass;
}
