import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type ApiReply, problemCode } from '../../client/api-client.ts';
import { createBuyer } from '../../client/buyer.ts';
import { paymentShape, reservationShape } from '../../client/shapes.ts';
import type { FaultCase } from './fault-case.ts';
import { holdOne, openSale, seatIds } from './visitors.ts';

function expectCount(what: string, replies: ApiReply[], isIt: (reply: ApiReply) => boolean, wanted: number): void {
  const found = replies.filter(isIt).length;
  const codes = replies.map((reply) => `${reply.status} ${problemCode(reply) ?? ''}`.trim());
  if (found !== wanted) throw new Error(`${what}: ${found} instead of ${wanted}: ${[...new Set(codes)].join(', ')}`);
}

const created = (reply: ApiReply): boolean => reply.status === 201;

/** While the state store is out, MySQL alone decides among many at one seat. */
const seatWithoutClaims: FaultCase = {
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

const sameKeyWithoutClaims: FaultCase = {
  name: 'one charge is sent many times with one key while Redis is out',
  kind: 'race',
  run: async (shop) => {
    const { visitor } = await openSale(shop, 1);
    const person = await visitor();
    await shop.kill('redis');
    const request = { token: person.token, idempotencyKey: randomUUID(), body: { amount: 1_000 } };
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => shop.operator.api.sendPatiently('POST', '/points/charges', request)),
    );
    const ids = new Set(replies.filter(created).map((reply) => z.object({ id: z.string() }).parse(reply.body).id));
    if (ids.size !== 1) throw new Error(`${ids.size} charges for one key`);
    return '20 requests, one charge';
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

/** Whoever has the claim of a seat is whoever holds it: nobody overwrites a claim. */
const claimOfHolder: FaultCase = {
  name: 'many at one seat, and the claim stays with its holder',
  kind: 'race',
  run: async (shop) => {
    const { sale, visitor, visitors } = await openSale(shop, 8);
    const crowd = await visitors(12);
    const [seatId = ''] = await seatIds(sale, await visitor());
    const replies = await Promise.all(crowd.map((visitor) => visitor.hold(sale.performanceId, visitor.pass, [seatId])));
    expectCount('holds of one seat', replies, created, 1);
    const holder = replies.find(created);
    const claims = await shop.readState('reservation||seat:');
    const claimant = z.object({ reservationId: z.string() }).safeParse(claims.get(seatId)).data?.reservationId;
    const held = holder && reservationShape.parse(holder.body).id;
    if (claimant !== held) throw new Error(`the claim says ${claimant ?? 'nobody'}, the hold is ${held ?? 'nobody'}'s`);
    return '12 buyers, the holder has the claim';
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
  claimOfHolder,
  seatWithoutClaims,
  personLimit,
  sameKey,
  sameKeyWithoutClaims,
  manyPayments,
  manyRefunds,
  madeUpPass,
  joins,
];
