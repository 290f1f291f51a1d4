import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { Sidecar } from '@ticketing/common/dapr';
import { newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { PaymentService } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { QueueService } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { ReservationService } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { decodeJwt } from 'jose';
import { prepareSale, type Sale } from '../../demo/prepare-sale.ts';
import type { FaultCase } from './fault-case.ts';
import type { FaultShop } from './fault-shop.ts';

const atOnce = 50;
/** Payments are sent from so much before the expiry to so much after it. */
const aroundMs = 150;

const letInWithinMs = 60_000;

interface Services {
  queue: ReturnType<typeof createRpcClient<typeof QueueService>>;
  payments: ReturnType<typeof createRpcClient<typeof PaymentService>>;
  reservations: ReturnType<typeof createRpcClient<typeof ReservationService>>;
}

/** Takes a person through the waiting room. @returns the id of the pass */
async function letIn(queue: Services['queue'], concertId: string, userId: string): Promise<string> {
  const pass = await pollUntil(async () => {
    // Joining again gives the same place, with the pass once the person is called.
    const { result } = await queue.joinQueue({ concertId, userId }).catch(() => ({ result: undefined }));
    return result?.case === 'token' && result.value.pass !== '' ? result.value.pass : undefined;
  }, letInWithinMs);
  const { jti } = decodeJwt(pass ?? '');
  if (jti === undefined) throw new Error('the pass has no id');
  return jti;
}

/** A person holds a seat and pays for it at the very moment at which the hold ends. @returns the reservation */
async function tryOnce({ queue, payments, reservations }: Services, { concertId, performanceId, price }: Sale): Promise<string> {
  const userId = newId();
  await payments.chargePoints({ userId, idempotencyKey: randomUUID(), amount: BigInt(price) });
  const passId = await letIn(queue, concertId, userId);
  const order = { userId, passConcertId: concertId, passId, performanceId, quantity: 1 };
  const held = await reservations.holdSeats({ ...order, idempotencyKey: randomUUID() });
  if (held.result.case !== 'reservation' || !held.result.value.expiresAt) throw new Error('no hold');
  const { id: reservationId, expiresAt } = held.result.value;
  await delay(timestampMs(expiresAt) - Date.now() + (Math.random() * 2 - 1) * aroundMs);
  // Without an answer the saga goes on by itself; the books say what became of it.
  await payments.pay({ userId, reservationId, idempotencyKey: randomUUID() }).catch(() => undefined);
  return reservationId;
}

/** How many reservations of a sale ended how: reservation and payment together, for example `CONFIRMED/COMPLETED`. */
async function countEnds({ books }: FaultShop, ids: string[]): Promise<Map<string, number>> {
  const wanted = new Set(ids.map((id) => id.replaceAll('-', '')));
  const reservations = await books.databases.reservation.rows('SELECT id, status FROM reservations');
  const payments = await books.databases.payment.rows('SELECT reservation_id AS id, status FROM payments');
  const paid = new Map(payments.map(({ id, status }) => [id, status]));
  const counts = new Map<string, number>();
  for (const { id, status } of reservations.filter((row) => wanted.has(String(row.id)))) {
    const end = `${status ?? ''}/${paid.get(id ?? '') ?? 'none'}`;
    counts.set(end, (counts.get(end) ?? 0) + 1);
  }
  return counts;
}

function payAtExpiry(trials: number, ci: boolean): FaultCase {
  return {
    name: `pay at the moment of expiry, ${trials} trials`,
    kind: 'race',
    ci,
    run: async (shop) => {
      const { stack, operator } = shop;
      const sale = await prepareSale(operator.api, stack, { seats: trials, capacity: trials });
      const gateway = stack.instances.find(({ service }) => service === 'gateway');
      const sidecar = new Sidecar({ httpPort: gateway?.daprHttpPort ?? 0, apiToken: stack.daprApiToken });
      const services = {
        queue: createRpcClient(QueueService, sidecar, 'queue'),
        payments: createRpcClient(PaymentService, sidecar, 'payment'),
        reservations: createRpcClient(ReservationService, sidecar, 'reservation'),
      };
      try {
        const ids: string[] = [];
        while (ids.length < trials) ids.push(...(await Promise.all(Array.from({ length: atOnce }, () => tryOnce(services, sale)))));
        return await expectOneEnd(shop, ids);
      } finally {
        await sidecar.close();
      }
    },
  };
}

async function expectOneEnd(shop: FaultShop, ids: string[]): Promise<string> {
  let counts = new Map<string, number>();
  const settled = await pollUntil(async () => {
    counts = await countEnds(shop, ids);
    const [paid, expired] = [counts.get('CONFIRMED/COMPLETED') ?? 0, counts.get('EXPIRED/FAILED') ?? 0];
    return paid + expired === ids.length ? true : undefined;
  }, 60_000);
  const ends = [...counts].map(([end, count]) => `${count} ${end}`).join(', ');
  if (!settled) throw new Error(`not one end each: ${ends}`);
  return ends;
}

export const expiryCases: FaultCase[] = [payAtExpiry(100, true), payAtExpiry(500, false)];
