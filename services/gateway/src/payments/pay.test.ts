import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PaymentStatus, type PayRequest } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { ReservationStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const id = ids.seat;
let gateway: RunningGateway;
let token: string;
let outcome: { status: PaymentStatus; failure?: string };
let asked: PayRequest | undefined;

beforeAll(async () => {
  gateway = await startGateway({
    payment: {
      pay: (request) => {
        asked = request;
        const { reservationId } = request;
        return { result: { case: 'payment', value: { id, reservationId, amount: 5_000n, ...outcome } } };
      },
    },
    reservation: {
      holdSeats: ({ performanceId }) => ({
        result: {
          case: 'reservation',
          value: {
            ...{ id: ids.reservation, performanceId, concertId: ids.concert, amount: 5_000n, status: ReservationStatus.HELD },
            ...{ seats: [{ id }], expiresAt: timestampFromMs(Date.now() + 60_000), createdAt: timestampFromMs(Date.now()) },
          },
        },
      }),
    },
  });
  token = await gateway.accessToken(ids.fan);
});
afterAll(() => gateway.stop());

async function pay(accessToken?: string) {
  const headers = {
    'content-type': 'application/json',
    ...(accessToken && { authorization: `Bearer ${accessToken}` }),
    'idempotency-key': 'pay-1',
  };
  const body = JSON.stringify({ reservationId: ids.reservation });
  const response = await fetch(`${gateway.url}/api/v1/payments`, { method: 'POST', headers, body });
  return { status: response.status, location: response.headers.get('location'), body: await response.json() };
}

async function hold(userId: string): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${await gateway.accessToken(userId)}`,
    'x-queue-pass': await gateway.queuePass(userId, ids.concert),
    'idempotency-key': 'hold-1',
  };
  const body = JSON.stringify({ performanceId: ids.performance, seatIds: [ids.seat] });
  const response = await fetch(`${gateway.url}/api/v1/reservations`, { method: 'POST', headers, body });
  expect(response.status).toBe(201);
}

describe('POST /api/v1/payments', () => {
  it('answers 201 when it is paid', async () => {
    outcome = { status: PaymentStatus.COMPLETED };
    const body = { id, reservationId: ids.reservation, amount: 5_000, status: 'COMPLETED', refundedAmount: 0 };
    expect(await pay(token)).toEqual({ status: 201, location: `/api/v1/payments/${id}`, body });
  });

  it('says what is known of a hold that the same person was given here', async () => {
    outcome = { status: PaymentStatus.COMPLETED };
    await pay(token);
    expect(asked?.hold).toBeUndefined();
    await hold(ids.stranger);
    await pay(token);
    expect(asked?.hold).toBeUndefined();
    await hold(ids.fan);
    await pay(token);
    expect(asked?.hold).toMatchObject({ performanceId: ids.performance, concertId: ids.concert, amount: 5_000n });
  });

  it('answers 202 while nobody knows', async () => {
    outcome = { status: PaymentStatus.PENDING };
    expect(await pay(token)).toMatchObject({ status: 202, location: `/api/v1/payments/${id}`, body: { status: 'PENDING' } });
  });

  it('is for people who are signed in', async () => {
    outcome = { status: PaymentStatus.COMPLETED };
    expect(await pay()).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });

  it.each(['hold-expired', 'sale-over', 'amount-mismatch'])('answers with the reason when it failed: %s', async (failure) => {
    outcome = { status: PaymentStatus.FAILED, failure };
    expect(await pay(token)).toMatchObject({ status: 409, body: { code: failure } });
  });
});
