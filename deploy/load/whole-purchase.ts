import { setTimeout as delay } from 'node:timers/promises';
import { tokenShape } from '../local/client/shapes.ts';
import type { LoadAnswer, Send, Task } from './closed-loop.ts';
import type { Person } from './crowd.ts';
import { holdRequest, payRequest } from './one-sale.ts';

/** What a person is going to buy, of a concert whose room is still to be entered. */
export interface Purchase {
  person: Person;
  concertId: string;
  performanceId: string;
  seatId: string;
}

/** Joins the room, asks for the place as often as a client is told to, holds the seat and pays for it. */
export function buyFromTheStreet({ person, concertId, performanceId, seatId }: Purchase): Task {
  return async (send) => {
    const pass = await enter(send, person, concertId);
    if (!('pass' in pass)) return pass.unexpected;
    const buying = { headers: { ...person.headers, 'x-queue-pass': pass.pass }, performanceId, seatId };
    const held = await send(holdRequest(buying));
    if (held.status !== 201) return `hold ${held.status}`;
    const paid = await send(payRequest(buying, held));
    return paid.status === 201 ? undefined : `pay ${paid.status}`;
  };
}

async function enter(send: Send, { headers }: Person, concertId: string): Promise<{ pass: string } | { unexpected: string }> {
  const path = '/api/v1/queue/tokens';
  const ask = (): Promise<LoadAnswer> => send({ method: 'GET', path: `${path}/${concertId}`, headers });
  let answer = await send({ method: 'POST', path, headers, body: JSON.stringify({ concertId }) });
  for (;;) {
    if (answer.status !== 200 && answer.status !== 201) return { unexpected: `join or poll ${answer.status}` };
    const { status, pass, pollAfterMs } = tokenShape.parse(JSON.parse(answer.text()));
    if (pass !== undefined) return { pass };
    if (status !== 'WAITING') return { unexpected: status };
    await delay(pollAfterMs);
    answer = await ask();
  }
}
