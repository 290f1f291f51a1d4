import { pollUntil } from '@ticketing/common/poll-until';
import { openWitnessDatabase } from '@ticketing/common/witness/witness-databases';
import { z } from 'zod';
import type { ApiClient } from '../client/api-client.ts';
import { logIn } from '../client/buyer.ts';
import { concertShape } from '../client/shapes.ts';
import type { StackDescription } from '../stack-description.ts';
import { StepFailure } from '../step-failure.ts';

export interface Sale {
  concertId: string;
  /** The first one. */
  performanceId: string;
  performanceIds: string[];
  title: string;
  price: number;
}

export interface SaleSize {
  /** Of a performance. */
  seats: number;
  /** One when left out. */
  performances?: number;
  /** People who may be in the shop at a time. */
  capacity: number;
  /** Where the seats are, together; in two sections of one price when left out. */
  sections?: Section[];
  /** Milliseconds since 1970; a minute ago when left out. */
  opensAt?: number;
}

interface Section {
  name: string;
  rows: number;
  seatsPerRow: number;
  price: number;
}

const price = 90_000;
const seatsPerRow = 50;

/** Publishes a concert whose performances have exactly `seats` seats each, on sale at once unless told otherwise, and opens its room for `capacity` people at a time. */
export async function prepareSale(api: ApiClient, stack: StackDescription, size: SaleSize): Promise<Sale> {
  const { token } = await logIn(api, 'organiser@example.com').catch((error: unknown) => {
    throw new StepFailure(`the demo organiser could not log in: ${error instanceof Error ? error.message : 'no answer'}`, {
      fix: 'npm run seed',
    });
  });
  const concert = await api.call(concertShape, 'POST', '/admin/concerts', {
    token,
    body: {
      title: `Race of ${new Date().toISOString()}`,
      artist: 'The Load Generators',
      description: 'A concert that everybody wants to see.',
      venue: { name: 'Demo Hall', city: 'Seoul', timeZone: 'Asia/Seoul' },
      saleOpensAt: new Date(size.opensAt ?? Date.now() - 60_000).toISOString(),
    },
  });
  const performanceIds: string[] = [];
  for (let number = 1; number <= (size.performances ?? 1); number += 1) {
    const startsAt = new Date(Date.now() + (30 + number) * 24 * 3_600_000).toISOString();
    const sections = size.sections ?? sectionsFor(size.seats);
    const body = { startsAt, sections };
    const { id } = await api.call(z.object({ id: z.string() }), 'POST', `/admin/concerts/${concert.id}/performances`, { token, body });
    await waitForSeats(stack, id, size.seats);
    performanceIds.push(id);
  }
  await api.call(z.unknown(), 'PUT', `/admin/rooms/${concert.id}`, { token, body: { capacity: size.capacity } });
  const [performanceId = ''] = performanceIds;
  return { concertId: concert.id, performanceId, performanceIds, title: concert.title, price };
}

function sectionsFor(seats: number): Section[] {
  const rows = Math.floor(seats / seatsPerRow);
  const rest = seats % seatsPerRow;
  return [
    ...(rows > 0 ? [{ name: 'Floor', rows, seatsPerRow, price }] : []),
    ...(rest > 0 ? [{ name: 'Balcony', rows: 1, seatsPerRow: rest, price }] : []),
  ];
}

// Seats are built from an event, a moment after the performance is scheduled.
async function waitForSeats(stack: StackDescription, performanceId: string, seats: number): Promise<void> {
  const { host, port, witness, owners } = stack.database;
  const database = await openWitnessDatabase({ host, port, ...witness, database: owners.reservation.database });
  const sql = `SELECT COUNT(*) AS n FROM seats WHERE performance_id = UNHEX('${performanceId.replaceAll('-', '')}')`;
  try {
    const built = await pollUntil(async () => ((await database.rows(sql))[0]?.n === seats ? true : undefined), 30_000);
    if (!built) throw new StepFailure('the seats were not built in time', { fix: 'look into the log of reservation-1' });
  } finally {
    await database.close();
  }
}
