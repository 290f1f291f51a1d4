import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createBuyer } from '../../client/buyer.ts';
import { startProcess, stopProcess } from '../../control.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { refusedStart } from '../../mail-sink/smtp.ts';
import { admit, changeBooks, eventually, holdFor, openSale, openTestShop, seatIdsOf, type TestShop } from './test-shop.ts';

let shop: TestShop;
let sale: Sale;
beforeAll(async () => {
  shop = await openTestShop();
  sale = await openSale(shop, 20);
});
afterAll(async () => {
  await startProcess('test', 'mail-sink');
  await shop.close();
}, 60_000);

// The mails of earlier tests may have to go out first.
const patienceMs = 240_000;

const mailsShape = z.array(z.object({ from: z.string(), subject: z.string(), html: z.string() }));
type Mail = z.infer<typeof mailsShape>[number];

/** All mails to an address but the one that verifies it. */
async function mailsTo(address: string): Promise<Mail[]> {
  const reply = await fetch(`${shop.stack.mail.url}/api/mails?to=${encodeURIComponent(address)}`);
  return mailsShape.parse(await reply.json()).filter(({ html }) => !html.includes('/verify#'));
}

const mailTo = (address: string, subject: RegExp): Promise<Mail> =>
  eventually(`a mail to ${address}`, async () => (await mailsTo(address)).find((mail) => subject.test(mail.subject)), patienceMs);

/** Somebody with this address buys a ticket. @returns the id of the payment */
async function buyTicket(address: string): Promise<{ paymentId: string; token: string }> {
  const buyer = await createBuyer(shop.api, address);
  await buyer.charge(1_000_000);
  const visitor = await admit(buyer, sale);
  const { seats } = await visitor.seatMap(sale.performanceId, visitor.pass);
  const free = seats.find((seat) => seat.status === 'AVAILABLE');
  const reservationId = await holdFor(visitor, sale, free ? [free.id] : await seatIdsOf(sale, visitor));
  const paid = await visitor.pay(reservationId);
  expect(paid.status).toBe(201);
  return { paymentId: z.object({ id: z.uuid() }).parse(paid.body).id, token: buyer.token };
}

describe('a buyer', () => {
  it('gets a mail in the language of the account, and another when it is given back', async () => {
    const [korean, english] = [`${randomUUID()}@example.com`, `${randomUUID()}@example.com`];
    await createBuyer(shop.api, english);
    await changeBooks(shop, 'user', `UPDATE accounts SET locale = 'en' WHERE email = '${english}'`);
    const { paymentId, token } = await buyTicket(korean);
    await buyTicket(english);
    const bought = await mailTo(korean, /^예매 완료: /);
    expect(bought.subject).toContain(sale.title);
    expect(bought.html).toContain('90,000원');
    expect(bought.html).toContain('Demo Hall, Seoul');
    expect((await mailTo(english, /^Your tickets: /)).html).toContain('KRW 90,000');
    const refunded = await shop.api.send('POST', `/payments/${paymentId}/refunds`, { token, idempotencyKey: randomUUID(), body: {} });
    expect(refunded.status).toBe(201);
    await mailTo(korean, /^환불 완료: /);
    expect(await mailsTo(korean)).toHaveLength(2);
    expect(await mailsTo(english)).toHaveLength(1);
  }, 600_000);
});

describe('a mail server that is out', () => {
  it('holds up no sign-up and no sale, and mails follow when it is back', async () => {
    await stopProcess('test', 'mail-sink', 'SIGKILL');
    const addresses = Array.from({ length: 3 }, () => `${randomUUID()}@example.com`);
    for (const address of addresses) await buyTicket(address);
    await startProcess('test', 'mail-sink');
    for (const address of addresses) await mailTo(address, /^예매 완료: /);
    for (const address of addresses) expect(await mailsTo(address)).toHaveLength(1);
  }, 600_000);
});

describe('an address that the mail server refuses', () => {
  it('holds up nobody else', async () => {
    const [refused, other] = [`${refusedStart}${randomUUID()}@example.com`, `${randomUUID()}@example.com`];
    await buyTicket(refused);
    await buyTicket(other);
    await mailTo(other, /^예매 완료: /);
    expect(await mailsTo(refused)).toEqual([]);
  }, 600_000);
});
