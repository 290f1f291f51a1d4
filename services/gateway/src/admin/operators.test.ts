import { afterEach, describe, expect, it } from '@jest/globals';
import { encodeIdCursor } from '@ticketing/common/cursor';
import { type FakeServices, ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

let gateway: RunningGateway | undefined;
afterEach(() => gateway?.stop());

const at = { seconds: 1_800_000_000n, nanos: 0 };
const idOf = (n: number): string => `0198c0de-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`;
const entry = (n: number) => ({ id: idOf(n), actorId: ids.fan, action: 'saga.retry', subject: 's', detailJson: '{}', at });

type Keeper = NonNullable<NonNullable<FakeServices['operations']>['user']>;

/** A service that has these entries, and pages through them as a real one does. */
function keeping(...numbers: number[]): Keeper {
  return {
    listAudit: ({ limit, cursor }) => {
      const older = numbers.filter((n) => cursor === '' || idOf(n) < Buffer.from(cursor, 'base64url').toString()).toSorted((a, b) => b - a);
      return {
        items: older.slice(0, limit).map(entry),
        nextCursor: older.length > limit ? encodeIdCursor(idOf(older[limit - 1] ?? 0)) : '',
      };
    },
  };
}

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  if (!gateway) throw new Error('there is no gateway');
  const authorization = `Bearer ${await gateway.accessToken(ids.fan, ['operator'])}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const reply = await fetch(`${gateway.url}/api/v1/admin/${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  return { status: reply.status, body: await reply.json() };
}

describe('the audit', () => {
  it('is one list, newest first, of what all services keep', async () => {
    gateway = await startGateway({
      operations: { user: keeping(1, 9), concert: keeping(), reservation: keeping(2, 3, 4, 5), payment: keeping(6, 7, 8) },
    });
    const seen: unknown[] = [];
    let query = '?limit=4';
    for (;;) {
      const { body } = await call('GET', `audit${query}`);
      const { items, nextCursor } = body as { items: { id: string }[]; nextCursor: string | null };
      seen.push(items.map(({ id }) => Number(id.slice(-2))));
      if (nextCursor === null) break;
      query = `?limit=4&cursor=${nextCursor}`;
    }
    expect(seen).toEqual([[9, 8, 7, 6], [5, 4, 3, 2], [1]]);
  });

  it('is not shown in part when a service is out', async () => {
    gateway = await startGateway({ operations: { user: keeping(1), concert: keeping(2), reservation: keeping(3) } });
    expect((await call('GET', 'audit')).status).toBeGreaterThanOrEqual(500);
  });
});

describe('a dead letter', () => {
  const absent = { redriveDeadLetters: () => ({ result: { case: 'refusal' as const, value: { code: 'dead-letter-not-found' } } }) };
  const present = { redriveDeadLetters: () => ({ result: { case: 'redriven' as const, value: { count: 1 } } }) };

  it('is found with whoever keeps it, also when others are out', async () => {
    gateway = await startGateway({ operations: { reservation: present, payment: absent } });
    expect(await call('POST', `dead-letters/${idOf(1)}/redrive`)).toEqual({ status: 202, body: { id: idOf(1), status: 'REDRIVING' } });
  });

  it('is nowhere when all say so, and may be with one that is out', async () => {
    gateway = await startGateway({ operations: { user: absent, concert: absent, reservation: absent, payment: absent } });
    expect(await call('POST', `dead-letters/${idOf(1)}/redrive`)).toMatchObject({ status: 404, body: { code: 'dead-letter-not-found' } });
    await gateway.stop();
    gateway = await startGateway({ operations: { user: absent, concert: absent, reservation: absent } });
    expect((await call('POST', `dead-letters/${idOf(1)}/redrive`)).status).toBeGreaterThanOrEqual(500);
  });

  it('of queue is looked for at payment only', async () => {
    const asked: string[] = [];
    const payment = {
      listDeadLetters: ({ service }: { service: string }) => {
        asked.push(service);
        return { items: [], nextCursor: '' };
      },
    };
    gateway = await startGateway({ operations: { payment } });
    expect(await call('GET', 'dead-letters?service=queue')).toEqual({ status: 200, body: { items: [], nextCursor: null } });
    expect(asked).toEqual(['queue']);
  });
});
