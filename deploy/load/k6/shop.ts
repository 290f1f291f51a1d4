import { check, sleep } from 'k6';
import http, { type Answer } from 'k6/http';

const password = 'correct horse battery staple';

/** The run fails when an answer is not the expected one. */
export const thresholds = { checks: ['rate==1'] };

interface ApiRequest {
  token?: string | undefined;
  pass?: string | undefined;
  body?: object;
}

/** A value that is given with `-e`. */
export function setting(name: string): string {
  const value = __ENV[name];
  if (value === undefined || value === '') throw new Error(`say -e ${name}=…`);
  return value;
}

/** Asks the public API. @param what the name of the request in the results; its path has ids in it */
export function ask(what: string, method: string, path: string, { token, pass, body }: ApiRequest = {}): Promise<Answer> {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(pass === undefined ? {} : { 'x-queue-pass': pass }),
    ...(method === 'POST' ? { 'idempotency-key': unique() } : {}),
  };
  return http.asyncRequest(method, `${setting('API')}/api/v1${path}`, body ? JSON.stringify(body) : null, {
    headers,
    tags: { name: what },
  });
}

/** The same, where one of these statuses is expected. */
export async function expectOf(statuses: readonly number[], ...request: Parameters<typeof ask>): Promise<Answer> {
  const answer = await ask(...request);
  check(answer, { [`${request[0]}: ${statuses.join(' or ')}`]: ({ status }) => statuses.includes(status) });
  return answer;
}

/** Signs somebody up and in. @returns the access token */
export async function signIn(): Promise<string> {
  const email = `load-${unique()}@example.com`;
  await expectOf([201], 'sign up', 'POST', '/users', { body: { email, password, name: 'Load' } });
  const session = await expectOf([201], 'log in', 'POST', '/sessions', { body: { email, password } });
  return String(session.json('accessToken'));
}

/** Joins a waiting room and asks as often as told. @returns the pass; undefined when there is none to be had any more */
export async function enter(token: string, concertId: string): Promise<string | undefined> {
  let place = await expectOf([200, 201], 'join', 'POST', '/queue/tokens', { token, body: { concertId } });
  while (place.json('status') === 'WAITING' || place.json('status') === 'PRE_OPEN') {
    sleep(Number(place.json('pollAfterMs')) / 1_000);
    place = await expectOf([200], 'poll', 'GET', `/queue/tokens/${concertId}`, { token });
  }
  return place.json('status') === 'ACTIVE' ? String(place.json('pass')) : undefined;
}

function unique(): string {
  return `${__VU}-${Date.now()}-${Math.random().toString(36).slice(2)}`;
}
