import { randomUUID } from 'node:crypto';
import { type Buyer, createBuyer } from '../../client/buyer.ts';
import { reservationShape } from '../../client/shapes.ts';
import { prepareSale, type Sale } from '../../demo/prepare-sale.ts';
import type { FaultShop } from './fault-shop.ts';

/** A person who was let in and has points. */
export interface Visitor extends Buyer {
  pass: string;
}

const points = 1_000_000;

/** A sale of a case's own, and people for it. */
export interface OwnSale {
  sale: Sale;
  visitor: () => Promise<Visitor>;
  visitors: (count: number) => Promise<Visitor[]>;
}

/** A room lets in no more people than three for each seat, so a crowd needs some of them. */
export async function openSale(shop: FaultShop, seats: number): Promise<OwnSale> {
  const { api } = shop.operator;
  const sale = await prepareSale(api, shop.stack, { seats, capacity: 1_000 });
  const visitor = async (): Promise<Visitor> => {
    const buyer = await createBuyer(api, `${randomUUID()}@example.com`);
    await buyer.charge(points);
    const pass = await buyer.enter(sale.concertId);
    if (pass === undefined) throw new Error('nobody is let in');
    return { ...buyer, pass };
  };
  return { sale, visitor, visitors: (count) => Promise.all(Array.from({ length: count }, visitor)) };
}

export async function seatIds(sale: Sale, { seatMap, pass }: Visitor): Promise<string[]> {
  return (await seatMap(sale.performanceId, pass)).seats.map(({ id }) => id);
}

/** @returns the reservation */
export async function holdOne(sale: Sale, visitor: Visitor, seatId: string): Promise<string> {
  const reply = await visitor.hold(sale.performanceId, visitor.pass, [seatId]);
  if (reply.status !== 201) throw new Error(`no hold: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reservationShape.parse(reply.body).id;
}
