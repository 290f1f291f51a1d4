import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type ApiRequest } from '../../client/api-client.ts';
import { paymentShape, reservationShape } from '../../client/shapes.ts';
import { eventually, newVisitor, openSale, openTestShop, seatIdsOf, type TestShop } from './test-shop.ts';

/** Where the test stack sends its spans, whether or not somebody listens. */
const collectorPort = 29_411;

const spansShape = z.array(
  z.object({
    traceId: z.string(),
    id: z.string(),
    parentId: z.string().optional(),
    name: z.string().default(''),
    localEndpoint: z.object({ serviceName: z.string().default('') }).default({ serviceName: '' }),
  }),
);
type Span = z.infer<typeof spansShape>[number];

let shop: TestShop;
let collector: Server;
const spans: Span[] = [];

beforeAll(async () => {
  collector = createServer((request, response) => {
    json(request)
      .then((body) => spans.push(...spansShape.parse(body)))
      .then(() => response.writeHead(202).end())
      .catch(() => response.writeHead(400).end());
  });
  await new Promise<void>((resolve) => collector.listen(collectorPort, '127.0.0.1', resolve));
  shop = await openTestShop();
});
afterAll(async () => {
  await shop.close();
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
});

describe('a booking', () => {
  it('is one trace, from the gateway to the consumers of its events', async () => {
    const sale = await openSale(shop, 2);
    const visitor = await newVisitor(shop, sale);
    const [seatId] = await seatIdsOf(sale, visitor);
    const traceId = randomBytes(16).toString('hex');
    // The buyer's own client began the trace: both requests belong to it.
    const headers = { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` };
    const { token, pass } = visitor;
    const traced = (body: unknown): ApiRequest => ({ token, pass, idempotencyKey: randomUUID(), headers, body });
    const { performanceId } = sale;
    const hold = traced({ performanceId, seatIds: [seatId] });
    const { id: reservationId } = await shop.api.call(reservationShape, 'POST', '/reservations', hold);
    expect(await shop.api.call(paymentShape, 'POST', '/payments', traced({ reservationId }))).toMatchObject({ status: 'COMPLETED' });

    const wanted = [
      ['gateway', 'post /api/v1/reservations'],
      ['gateway', 'post /api/v1/payments'],
      ['reservation', 'reservationservice/holdseats'],
      ['reservation', 'reservationservice/confirmreservation'],
      ['payment', 'paymentservice/pay'],
      ['payment', 'consume reservation.held'],
      ['queue', 'consume payment.completed'],
    ];
    const missing = (): string[] =>
      wanted
        .filter(([service = '', name = '']) => !ofTrace().some((span) => isOf(span, service) && span.name.toLowerCase().includes(name)))
        .map(([service, name]) => `${service}: ${name}`);
    const ofTrace = (): Span[] => spans.filter((span) => span.traceId === traceId);
    const isOf = (span: Span, service: string): boolean => span.localEndpoint.serviceName === service;
    await eventually('every span', () => Promise.resolve(missing().length === 0 ? true : undefined)).catch(() => {
      expect({ missing: missing(), seen: ofTrace().map((span) => `${span.localEndpoint.serviceName}: ${span.name}`) }).toEqual({
        missing: [],
      });
    });
  });
});
