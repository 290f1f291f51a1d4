import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { openSale, openTestShop, type TestShop } from '../../local/testing/e2e/test-shop.ts';
import buyTicket from './sale.ts';
import { thresholds } from './shop.ts';
import lookAround from './shop-reads.ts';
import { takeChecks } from './testing/k6-stand-in.ts';
import waitForPass from './waiting-room.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());
beforeEach(() => {
  takeChecks();
});

const iterations = 2;
const always = { passes: iterations, fails: 0 };
const sometimes = { passes: expect.any(Number), fails: 0 };

/** What `k6 run --iterations 2 -e API=… -e CONCERT=…` does. @returns the checks of its summary */
async function run(script: () => Promise<void>, seats: number): Promise<ReturnType<typeof takeChecks>> {
  const { concertId } = await openSale(shop, seats, 1);
  Object.assign(globalThis, { __VU: 1, __ENV: { API: shop.stack.gatewayUrl, CONCERT: concertId } });
  for (let iteration = 0; iteration < iterations; iteration += 1) await script();
  return takeChecks();
}

it('buys tickets', async () => {
  const { 'poll: 200': polls, ...checks } = await run(buyTicket, 10);
  expect(polls ?? sometimes).toEqual(sometimes);
  const steps = [
    'sign up: 201',
    'log in: 201',
    'join: 200 or 201',
    'performances: 200',
    'hold: 201',
    'charge: 201',
    'pay: 201',
    'ticket: 200',
  ];
  expect(checks).toEqual(Object.fromEntries(steps.map((step) => [step, always])));
});

it('ends without a ticket when the seats are sold', async () => {
  const checks = await run(buyTicket, 1);
  expect(checks).toMatchObject({ 'join: 200 or 201': always, 'pay: 201': { passes: 1, fails: 0 } });
});

it('looks around', async () => {
  const requests = ['list: 200', 'suggestions: 200', 'search: 200', 'concert: 200', 'performances: 200'];
  expect(await run(lookAround, 1)).toEqual(Object.fromEntries(requests.map((request) => [request, always])));
});

it('waits for passes, one person after the other', async () => {
  const { 'poll: 200': polls, ...checks } = await run(waitForPass, 1);
  expect(polls ?? sometimes).toEqual(sometimes);
  expect(checks).toEqual(
    Object.fromEntries(['sign up: 201', 'log in: 201', 'join: 200 or 201', 'leave: 204'].map((step) => [step, always])),
  );
});

it('counts an unexpected answer as a failed check, at which a run fails', async () => {
  Object.assign(globalThis, { __ENV: { API: shop.stack.gatewayUrl, CONCERT: '00000000-0000-7000-8000-000000000000' } });
  await lookAround();
  expect(takeChecks()).toMatchObject({ 'list: 200': { fails: 0 }, 'concert: 200': { passes: 0, fails: 1 } });
  expect(thresholds.checks).toEqual(['rate==1']);
});
