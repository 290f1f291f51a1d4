import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';
import { knowsPerformances, startsAt, ticket } from '../testing/test-tickets.ts';

const token = 'T'.repeat(43);
let gateway: RunningGateway;
let asked: object[];

beforeAll(async () => {
  const environment = { PUBLIC_URL: 'https://shop.example/' };
  const tickets = {
    offerTransfer: ({ userId, ticketId, idempotencyKey }: { userId: string; ticketId: string; idempotencyKey: string }) => {
      asked.push({ userId, ticketId, idempotencyKey });
      const value = { id: ids.room, token, expiresAt: timestampFromDate(new Date(startsAt)) };
      return { result: { case: 'offer' as const, value } };
    },
    revokeTransfer: ({ transferId }: { transferId: string }) =>
      transferId === ids.room ? {} : { refusal: { code: 'transfer-not-found', detail: '' } },
    acceptTransfer: ({ userId, token: given, idempotencyKey }: { userId: string; token: string; idempotencyKey: string }) => {
      asked.push({ userId, given, idempotencyKey });
      if (given !== token) return { result: { case: 'refusal' as const, value: { code: 'transfer-gone', detail: '' } } };
      return { result: { case: 'ticket' as const, value: ticket } };
    },
  };
  gateway = await startGateway({ tickets, concert: knowsPerformances }, { environment });
});
afterAll(() => gateway.stop());
beforeEach(() => {
  asked = [];
});

async function send(method: string, path: string, headers: Record<string, string> = {}, body?: string) {
  const authorization = `Bearer ${await gateway.accessToken(ids.fan)}`;
  const all = { authorization, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers };
  const reply = await fetch(`${gateway.url}/api/v1/${path}`, { method, headers: all, ...(body !== undefined && { body }) });
  const text = await reply.text();
  const said = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  // Each answer has its own.
  delete said.traceId;
  return { status: reply.status, location: reply.headers.get('location'), body: said };
}

describe('a link for a ticket', () => {
  const path = `tickets/${ticket.id}/transfers`;

  it('is at the shop’s public address, with its secret where no server sees it', async () => {
    const reply = await send('POST', path, { 'idempotency-key': 'k' }, '{}');
    expect(reply).toMatchObject({
      status: 201,
      body: { id: ids.room, link: `https://shop.example/transfers#${token}`, expiresAt: startsAt },
    });
    expect(asked).toEqual([{ userId: ids.fan, ticketId: ticket.id, idempotencyKey: 'k' }]);
  });

  it.each<[string, number, string, Record<string, string>, string | undefined]>([
    ['without a key', 400, 'idempotency-key-required', {}, '{}'],
    ['for somebody by name', 422, 'invalid-request', { 'idempotency-key': 'k' }, '{"email":"fan@example.com"}'],
    ['without an account', 401, 'unauthenticated', { 'idempotency-key': 'k', authorization: 'Bearer x' }, '{}'],
  ])('is not made %s', async (_what, status, code, headers, body) => {
    expect(await send('POST', path, headers, body)).toMatchObject({ status, body: { code } });
    expect(asked).toEqual([]);
  });

  it('is ended by its id', async () => {
    expect(await send('DELETE', `${path}/${ids.room}`)).toMatchObject({ status: 204 });
    expect(await send('DELETE', `${path}/${ids.seat}`)).toMatchObject({ status: 404, body: { code: 'transfer-not-found' } });
    expect(await send('DELETE', `${path}/x`)).toMatchObject({ status: 404, body: { code: 'transfer-not-found' } });
  });

  it('is accepted for a ticket of one’s own', async () => {
    const reply = await send('POST', `transfers/${token}`, {}, '{}');
    expect(reply).toMatchObject({ status: 201, location: `/api/v1/tickets/${ticket.id}`, body: { id: ticket.id, qr: 'a.b.c' } });
    expect(asked).toEqual([{ userId: ids.fan, given: token, idempotencyKey: '' }]);
    expect((await send('POST', `transfers/${token}`, { 'idempotency-key': 'k' })).status).toBe(201);
    expect(asked[1]).toMatchObject({ idempotencyKey: 'k' });
  });

  it('that is not good is answered in the same way, whatever is wrong with it', async () => {
    const unknown = await send('POST', `transfers/${'U'.repeat(43)}`);
    expect(unknown).toMatchObject({ status: 410, body: { code: 'transfer-gone' } });
    for (const bad of ['x', `${token}x`, '%00', '..%2f..']) expect(await send('POST', `transfers/${bad}`)).toEqual(unknown);
    expect(asked).toHaveLength(1);
  });
});
