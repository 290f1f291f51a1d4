import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PaymentStatus } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const id = ids.seat;
let gateway: RunningGateway;
let outcome: { status: PaymentStatus; failure?: string };

beforeAll(async () => {
  gateway = await startGateway({
    payment: {
      pay: ({ reservationId }) => ({ result: { case: 'payment', value: { id, reservationId, amount: 5_000n, ...outcome } } }),
    },
  });
});
afterAll(() => gateway.stop());

async function pay(passSeconds = 60, holder = ids.fan) {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${await gateway.accessToken(ids.fan)}`,
    'x-queue-pass': await gateway.queuePass(holder, ids.concert, passSeconds),
    'idempotency-key': 'pay-1',
  };
  const body = JSON.stringify({ reservationId: ids.reservation });
  const response = await fetch(`${gateway.url}/api/v1/payments`, { method: 'POST', headers, body });
  return { status: response.status, location: response.headers.get('location'), body: await response.json() };
}

describe('POST /api/v1/payments', () => {
  it('answers 201 when it is paid', async () => {
    outcome = { status: PaymentStatus.COMPLETED };
    const body = { id, reservationId: ids.reservation, amount: 5_000, status: 'COMPLETED' };
    expect(await pay()).toEqual({ status: 201, location: `/api/v1/payments/${id}`, body });
  });

  it('answers 202 while nobody knows', async () => {
    outcome = { status: PaymentStatus.PENDING };
    expect(await pay()).toMatchObject({ status: 202, location: `/api/v1/payments/${id}`, body: { status: 'PENDING' } });
  });

  it('takes the pass that the hold was placed with for as long as a hold can last, and nobody else’s', async () => {
    outcome = { status: PaymentStatus.COMPLETED };
    expect(await pay(-3_000)).toMatchObject({ status: 201 });
    expect(await pay(-3_700)).toMatchObject({ status: 403, body: { code: 'queue-pass-invalid' } });
    expect(await pay(60, ids.stranger)).toMatchObject({ status: 403, body: { code: 'queue-pass-invalid' } });
  });

  it('answers with the reason when it failed', async () => {
    outcome = { status: PaymentStatus.FAILED, failure: 'hold-expired' };
    expect(await pay()).toMatchObject({ status: 409, body: { code: 'hold-expired', title: 'The time to pay for these seats is over.' } });
  });
});
