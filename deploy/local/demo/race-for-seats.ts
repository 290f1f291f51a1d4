import { randomInt } from 'node:crypto';
import type { ApiClient } from '../client/api-client.ts';
import { type Buyer, createBuyer } from '../client/buyer.ts';
import { paymentShape, reservationShape } from '../client/shapes.ts';
import type { Sale } from './prepare-sale.ts';
import type { LiveTally } from './tally.ts';

// Passwords are hashed for every sign-up, which costs more than all the rest of a purchase: so few at a time.
const signUpsAtOnce = 16;
const mostSeats = 4;

/** Signs everybody in first, then lets all of them run for the seats at once. Resolves when the last one has gone home. */
export async function raceForSeats(api: ApiClient, sale: Sale, buyers: number, tally: LiveTally): Promise<void> {
  const { counts } = tally;
  const race = `${Date.now()}`;
  const people: Buyer[] = [];
  let next = 0;
  const signUp = async (): Promise<void> => {
    for (let number = next++; number < buyers; number = next++) {
      const buyer = await createBuyer(api, `racer-${race}-${number}@example.com`);
      await buyer.charge(sale.price * mostSeats);
      people.push(buyer);
      counts.signedIn += 1;
    }
  };
  await Promise.all(Array.from({ length: signUpsAtOnce }, signUp));
  await Promise.all(
    people.map(async (buyer) => {
      try {
        await shop(buyer, sale, tally);
      } catch (error) {
        counts.errors += 1;
        process.stderr.write(`\na buyer met an error: ${error instanceof Error ? error.message : 'unknown'}\n`);
      }
    }),
  );
}

async function shop(buyer: Buyer, sale: Sale, { counts }: LiveTally): Promise<void> {
  counts.joined += 1;
  const pass = await buyer.enter(sale.concertId);
  if (pass === undefined) {
    counts.wentHome += 1;
    return;
  }
  counts.admitted += 1;
  for (;;) {
    const { seats } = await buyer.seatMap(sale.performanceId, pass);
    const free = seats.filter((seat) => seat.status === 'AVAILABLE');
    if (free.length === 0) break;
    const start = randomInt(free.length);
    const wanted = free.slice(start, start + randomInt(1, mostSeats + 1)).map((seat) => seat.id);
    const hold = await buyer.hold(sale.performanceId, pass, wanted);
    if (hold.status === 409) {
      counts.refused += 1;
      continue;
    }
    if (hold.status !== 201) throw new Error(`hold: ${hold.status} ${JSON.stringify(hold.body)}`);
    counts.held += 1;
    const paid = await buyer.pay(reservationShape.parse(hold.body).id);
    if (paid.status !== 201) throw new Error(`payment: ${paid.status} ${JSON.stringify(paid.body)}`);
    counts.paid += 1;
    counts.seatsPaid += paymentShape.parse(paid.body).tickets?.length ?? 0;
    return;
  }
  await buyer.leave(sale.concertId);
  counts.wentHome += 1;
}
