import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type ApiReply, problemCode } from '../../client/api-client.ts';
import { createBuyer } from '../../client/buyer.ts';
import { paymentShape, reservationShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import type { FaultCase } from './fault-case.ts';
import type { FaultShop } from './fault-shop.ts';
import { holdOne, openSale, seatIds, type Visitor } from './visitors.ts';

function expectCount(what: string, replies: ApiReply[], isIt: (reply: ApiReply) => boolean, wanted: number): void {
  const found = replies.filter(isIt).length;
  const codes = replies.map((reply) => `${reply.status} ${problemCode(reply) ?? ''}`.trim());
  if (found !== wanted) throw new Error(`${what}: ${found} instead of ${wanted}: ${[...new Set(codes)].join(', ')}`);
}

const created = (reply: ApiReply): boolean => reply.status === 201;

const oneSeat: FaultCase = {
  name: 'many at one seat while Redis is out',
  kind: 'race',
  ci: true,
  run: async (shop) => {
    const { sale, visitor, visitors } = await openSale(shop, 6);
    const crowd = await visitors(12);
    const seats = await seatIds(sale, await visitor());
    await shop.kill('redis');
    const rounds = seats.slice(0, 3).map(async (seatId) => {
      const replies = await Promise.all(crowd.map((visitor) => visitor.hold(sale.performanceId, visitor.pass, [seatId])));
      expectCount('holds of one seat', replies, created, 1);
    });
    await Promise.all(rounds);
    return '12 buyers at each of 3 seats, one hold each';
  },
};

const personLimit: FaultCase = {
  name: 'one person orders many times at once',
  kind: 'race',
  ci: true,
  run: async (shop) => {
    const { sale, visitor } = await openSale(shop, 30);
    const person = await visitor();
    const seats = await seatIds(sale, person);
    const orders = seats.slice(0, 12).map((seatId) => person.hold(sale.performanceId, person.pass, [seatId]));
    expectCount('seats of one person', await Promise.all(orders), created, 4);
    return '12 orders at once, 4 held';
  },
};

const sameKey: FaultCase = {
  name: 'one payment is sent fifty times with one key',
  kind: 'race',
  ci: true,
  run: async (shop) => {
    const { sale, visitor } = await openSale(shop, 2);
    const person = await visitor();
    const [seatId = ''] = await seatIds(sale, person);
    const reservationId = await holdOne(sale, person, seatId);
    const key = randomUUID();
    const replies = await Promise.all(Array.from({ length: 50 }, () => person.pay(reservationId, { idempotencyKey: key })));
    const answers = new Set(replies.map((reply) => JSON.stringify(reply.body)));
    expectCount('completed payments', replies, (reply) => paymentShape.safeParse(reply.body).data?.status === 'COMPLETED', 50);
    if (answers.size !== 1) throw new Error(`${answers.size} different answers`);
    return '50 equal answers';
  },
};

/** Twins that reach the same instance wait for each other, so there are several keys: of some, the twins reach two. */
const sameChargeKey: FaultCase = {
  name: 'eight charges are sent ten times each with one key',
  kind: 'race',
  run: async (shop) => {
    const { visitors } = await openSale(shop, 8);
    const people = await visitors(8);
    const charge = async ({ token }: { token: string }): Promise<void> => {
      const request = { token, idempotencyKey: randomUUID(), body: { amount: 1_000 } };
      const send = () => shop.operator.api.sendPatiently('POST', '/points/charges', request);
      const replies = await Promise.all(Array.from({ length: 10 }, send));
      const ids = new Set(replies.filter(created).map((reply) => z.object({ id: z.string() }).parse(reply.body).id));
      if (ids.size !== 1) throw new Error(`${ids.size} charges for one key`);
    };
    await Promise.all(people.map(charge));
    return '80 requests, 8 charges';
  },
};

const manyPayments: FaultCase = {
  name: 'one reservation is paid for twenty times with different keys',
  kind: 'race',
  ci: true,
  run: async (shop) => {
    const { sale, visitor } = await openSale(shop, 2);
    const person = await visitor();
    const [seatId = ''] = await seatIds(sale, person);
    const reservationId = await holdOne(sale, person, seatId);
    const replies = await Promise.all(Array.from({ length: 20 }, () => person.pay(reservationId)));
    expectCount('completed payments', replies, (reply) => paymentShape.safeParse(reply.body).data?.status === 'COMPLETED', 1);
    expectCount('already-paid', replies, (reply) => problemCode(reply) === 'already-paid', 19);
    return 'one COMPLETED, 19 already-paid';
  },
};

const manyRefunds: FaultCase = {
  name: 'one payment is given back twenty times with different keys',
  kind: 'race',
  ci: true,
  run: async (shop) => {
    const { sale, visitor } = await openSale(shop, 2);
    const person = await visitor();
    const [seatId = ''] = await seatIds(sale, person);
    const { id } = paymentShape.parse((await person.pay(await holdOne(sale, person, seatId))).body);
    const giveBack = () =>
      shop.operator.api.sendPatiently('POST', `/payments/${id}/refunds`, { token: person.token, idempotencyKey: randomUUID(), body: {} });
    const replies = await Promise.all(Array.from({ length: 20 }, giveBack));
    expectCount('refunds of one payment', replies, created, 1);
    expectCount('already-refunded', replies, (reply) => problemCode(reply) === 'already-refunded', 19);
    return 'one refund, 19 already-refunded';
  },
};

const partRefunds: FaultCase = {
  name: 'two tickets of one payment are given back twenty times, one by one and together',
  kind: 'race',
  ci: true,
  run: async (shop) => {
    const { sale, visitor } = await openSale(shop, 4);
    const person = await visitor();
    const { id, tickets } = await buyTwo(shop, sale, person);
    const [one, two] = tickets;
    const wishes = Array.from({ length: 5 }, () => [{ ticketIds: [one] }, { ticketIds: [two] }, { ticketIds: [one, two] }, {}]).flat();
    const replies = await Promise.all(wishes.map((body) => giveBack(shop, person, id, body)));
    const points = replies.filter(created).reduce((sum, { body }) => sum + refundShape.parse(body).amount, 0);
    if (points !== 2 * sale.price) throw new Error(`${points} points came back of ${2 * sale.price}`);
    const refunds = replies.filter(created).length;
    expectCount('already-refunded', replies, (reply) => problemCode(reply) === 'already-refunded', 20 - refunds);
    return `${refunds} refunds, the others already-refunded`;
  },
};

/** Of ten people each gives back one of two tickets, all at once: it is the one that was named. */
const namedTickets: FaultCase = {
  name: 'ten people give back one ticket of two at once',
  kind: 'race',
  ci: true,
  run: async (shop) => {
    const { sale, visitors } = await openSale(shop, 20);
    const people = await visitors(10);
    const orders = await Promise.all(people.map(async (person) => ({ person, ...(await buyTwo(shop, sale, person)) })));
    await Promise.all(
      orders.map(async ({ person, id, tickets }, index) => {
        const [gone, kept] = index % 2 === 0 ? tickets : tickets.toReversed();
        const reply = await giveBack(shop, person, id, { ticketIds: [gone] });
        expectCount('refunds of a ticket', [reply], created, 1);
        const look = await shop.operator.api.sendPatiently('GET', `/payments/${id}`, { token: person.token });
        const left = paymentShape.parse(look.body).tickets?.map((ticket) => ticket.id) ?? [];
        if (left.length !== 1 || left[0] !== kept)
          throw new Error(`${gone} was to go, and ${left.join(', ')} is left of ${tickets.join(', ')}`);
        const ticket = await shop.operator.api.sendPatiently('GET', `/tickets/${gone}`, { token: person.token });
        if (!JSON.stringify(ticket.body).includes('VOID')) throw new Error(`${gone} is good`);
      }),
    );
    return '10 tickets are void, 10 are good';
  },
};

const refundShape = z.object({ amount: z.number() });

function giveBack(shop: FaultShop, { token }: Visitor, paymentId: string, body: unknown): Promise<ApiReply> {
  return shop.operator.api.sendPatiently('POST', `/payments/${paymentId}/refunds`, { token, idempotencyKey: randomUUID(), body });
}

/** Buys two seats that nobody else tries to have. */
async function buyTwo(shop: FaultShop, { performanceId }: Sale, person: Visitor): Promise<{ id: string; tickets: [string, string] }> {
  const order = { token: person.token, pass: person.pass, idempotencyKey: randomUUID(), body: { performanceId, quantity: 2 } };
  const held = reservationShape.parse((await shop.operator.api.sendPatiently('POST', '/reservations', order)).body);
  const { id, tickets = [] } = paymentShape.parse((await person.pay(held.id)).body);
  const [one, two] = tickets;
  if (!one || !two) throw new Error('two seats were paid for, and there are no two tickets');
  return { id, tickets: [one.id, two.id] };
}

/** Whoever was not let in holds nothing, whatever stands in the header. */
const madeUpPass: FaultCase = {
  name: 'somebody orders with a pass that nobody signed',
  kind: 'race',
  ci: true,
  run: async (shop) => {
    const { sale, visitor } = await openSale(shop, 2);
    const [seatId = ''] = await seatIds(sale, await visitor());
    const stranger = await createBuyer(shop.operator.api, `${randomUUID()}@example.com`);
    const reply = await stranger.hold(sale.performanceId, sale.concertId, [seatId]);
    expectCount('queue-pass-invalid', [reply], (answer) => problemCode(answer) === 'queue-pass-invalid', 1);
    return 'refused';
  },
};

/** Joins at two instances at once take different places. */
const joins: FaultCase = {
  name: 'many join one room at once, through two instances',
  kind: 'race',
  run: async (shop) => {
    const { visitors } = await openSale(shop, 40);
    await visitors(40);
    return '40 people, each with a place of their own';
  },
};

export const raceCases: FaultCase[] = [
  ...[oneSeat, personLimit, sameKey, sameChargeKey, manyPayments],
  ...[manyRefunds, partRefunds, namedTickets, madeUpPass, joins],
];
