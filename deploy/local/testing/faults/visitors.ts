import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Buyer, createBuyer } from '../../client/buyer.ts';
import { reservationShape, tokenShape } from '../../client/shapes.ts';
import { prepareSale, type Sale } from '../../demo/prepare-sale.ts';
import type { FaultShop } from './fault-shop.ts';

/** A person who was let in and has points. */
export interface Visitor extends Buyer {
  pass: string;
}

const enoughPoints = 1_000_000;

/** A sale of a case's own, and people for it. */
export interface OwnSale {
  sale: Sale;
  visitor: () => Promise<Visitor>;
  /** @param points in the wallet of each */
  visitors: (count: number, points?: number) => Promise<Visitor[]>;
}

/** A room lets in no more people than three for each seat, so a crowd needs some of them. */
export async function openSale(shop: FaultShop, seats: number): Promise<OwnSale> {
  const { api } = shop.operator;
  const sale = await prepareSale(api, shop.stack, { seats, capacity: 1_000 });
  const visitor = async (points = enoughPoints): Promise<Visitor> => {
    const buyer = await createBuyer(api, `${randomUUID()}@example.com`);
    if (points > 0) await buyer.charge(points);
    const pass = await buyer.enter(sale.concertId);
    if (pass === undefined) throw new Error('nobody is let in');
    return { ...buyer, pass };
  };
  return { sale, visitor, visitors: (count, points) => Promise.all(Array.from({ length: count }, () => visitor(points))) };
}

/** A sale with people in its waiting room that has not opened yet. */
export interface ClosedSale {
  open: () => Promise<void>;
  /** Waits until everybody was let in. @throws Error where two have one place */
  enterAll: () => Promise<void>;
}

export async function waitForSale(shop: FaultShop, people: number): Promise<ClosedSale> {
  const { api, token } = shop.operator;
  const { concertId } = await prepareSale(api, shop.stack, { seats: people, capacity: 1_000, opensAt: Date.now() + 3_600_000 });
  const crowd = await Promise.all(Array.from({ length: people }, () => createBuyer(api, `${randomUUID()}@example.com`)));
  for (const buyer of crowd) await api.call(tokenShape, 'POST', '/queue/tokens', { token: buyer.token, body: { concertId } });
  return {
    open: async () => {
      await api.call(z.unknown(), 'PUT', `/admin/rooms/${concertId}`, { token, body: { opensAt: new Date().toISOString() } });
    },
    enterAll: async () => {
      await Promise.all(crowd.map(({ enter }) => enter(concertId)));
      const places = await Promise.all(
        crowd.map((buyer) => api.call(tokenShape, 'GET', `/queue/tokens/${concertId}`, { token: buyer.token })),
      );
      const positions = places.map(({ position }) => position).sort((a, b) => a - b);
      if (positions.some((position, index) => position !== index + 1)) throw new Error(`drawn places: ${positions.join(', ')}`);
    },
  };
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
