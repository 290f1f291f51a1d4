import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const payment = ids.seat;
const [one, two] = [ids.reservation, ids.performance];
let gateway: RunningGateway;
let asked: unknown[] = [];

beforeAll(async () => {
  const refund = { id: payment, paymentId: payment, status: 'COMPLETED' };
  const answer = (method: string, request: { ticketIds?: string[]; paymentId: string }, ticketIds: string[] = []) => {
    asked.push([method, request.paymentId, ticketIds]);
    return { result: { case: 'refund' as const, value: { ...refund, amount: 5_000n, ticketIds } } };
  };
  gateway = await startGateway({
    payment: {
      refundPayment: (request) => answer('refundPayment', request),
      refundTickets: (request) => answer('refundTickets', request, request.ticketIds),
      cancelPayment: (request) => answer('cancelPayment', request),
      cancelTickets: (request) => answer('cancelTickets', request, request.ticketIds),
    },
  });
});
beforeEach(() => {
  asked = [];
});
afterAll(() => gateway.stop());

async function post(path: string, body: unknown, roles?: string[]) {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${await gateway.accessToken(ids.fan, roles)}`,
    'idempotency-key': 'refund-1',
  };
  const response = await fetch(`${gateway.url}/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

describe('POST /api/v1/payments/{id}/refunds', () => {
  const path = `payments/${payment}/refunds`;

  it('is of all that is left where no tickets are named', async () => {
    const body = { id: payment, paymentId: payment, amount: 5_000, status: 'COMPLETED' };
    expect(await post(path, {})).toEqual({ status: 201, body });
    expect(asked).toEqual([['refundPayment', payment, []]]);
  });

  it('asks for some tickets in a way that an earlier version of the payment service does not take for all', async () => {
    expect(await post(path, { ticketIds: [one, two] })).toMatchObject({ status: 201, body: { ticketIds: [one, two] } });
    expect(asked).toEqual([['refundTickets', payment, [one, two]]]);
  });

  it.each([
    ['no ticket', { ticketIds: [] }],
    ['a ticket twice', { ticketIds: [one, one] }],
    ['more tickets than one person can buy', { ticketIds: [ids.fan, ids.stranger, ids.concert, ids.seat, ids.room] }],
    ['what is no id', { ticketIds: ['A1'] }],
    ['an unknown field', { tickets: [one] }],
    ['null', { ticketIds: null }],
  ])('refuses %s', async (_what, body) => {
    expect(await post(path, body)).toMatchObject({ status: 422, body: { code: 'invalid-request' } });
    expect(asked).toEqual([]);
  });
});

describe('POST /api/v1/admin/payments/{id}/cancel', () => {
  const path = `admin/payments/${payment}/cancel`;

  it('cancels all, or the tickets that are named, for operators', async () => {
    const operator = ['fan', 'operator'];
    expect((await post(path, { reason: 'ill' }, operator)).status).toBe(201);
    expect((await post(path, { reason: 'ill', ticketIds: [one] }, operator)).status).toBe(201);
    expect(asked).toEqual([
      ['cancelPayment', payment, []],
      ['cancelTickets', payment, [one]],
    ]);
    expect(await post(path, { reason: 'ill', ticketIds: [one, one] }, operator)).toMatchObject({ status: 422 });
    expect(await post(path, { reason: 'ill', ticketIds: [one] })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});
