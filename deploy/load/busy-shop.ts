import { z } from 'zod';
import { createDirectClient } from '../../services/concert/src/search/search-client.ts';
import type { ApiClient } from '../local/client/api-client.ts';
import { logIn } from '../local/client/buyer.ts';
import { prepareSale, type Sale } from '../local/demo/prepare-sale.ts';
import { seed } from '../local/seed.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import { createPeople, letIn, type Person, type Visitor } from './crowd.ts';

/** A shop with demonstration data and a crowd, as the loads want it. */
export interface BusyShop {
  stack: StackDescription;
  api: ApiClient;
  /** Of the demonstration data: on sale. */
  concertId: string;
  /** Signed in and nowhere yet. */
  crowd: Person[];
  elasticsearch: ReturnType<typeof createDirectClient>;
  /** A performance with a large seat map, and people who may look at it. */
  mapped: { performanceId: string; visitors: Visitor[]; etag: string };
  /** A performance whose few seats are all held, and people who want them. */
  contested: { performanceId: string; visitors: Visitor[]; seatIds: string[] };
  close: () => Promise<void>;
}

const mappedSeats = 1_200;
const contestedSeats = 10;
const visitors = 64;
const seatsPerPerson = 4;

/** Lasts for longer than all rounds together; and more people than usual may want a seat. */
const settings = { 'hold.minutes': 60, 'queue.pass-ttl-seconds': 3_600, 'queue.seat-overbooking': 10 };

/** Puts demonstration data into an empty stack. */
export async function furnishShop(stack: StackDescription, api: ApiClient): Promise<string> {
  const { onSale } = await seed(stack);
  const { token } = await logIn(api, 'operator@example.com');
  for (const [key, value] of Object.entries(settings))
    await api.call(z.unknown(), 'PUT', `/admin/settings/${key}`, { token, body: { value } });
  return onSale.concertId;
}

/** Lets people into a furnished shop. @param concertId of the demonstration data */
export async function openBusyShop(stack: StackDescription, api: ApiClient, concertId: string, crowdSize: number): Promise<BusyShop> {
  const people = await createPeople(stack, api, visitors + Math.ceil(contestedSeats / seatsPerPerson));
  const mapped = await prepareSale(api, stack, { seats: mappedSeats, capacity: people.length });
  const lookers = await letIn(people.slice(0, visitors), mapped.concertId);
  const elasticsearch = createDirectClient(stack.elasticsearch.url);
  return {
    ...{ stack, api, concertId, crowd: await createPeople(stack, api, crowdSize) },
    mapped: { performanceId: mapped.performanceId, visitors: lookers, etag: await etagOf(api, mapped, lookers) },
    contested: await contest(stack, api, people),
    elasticsearch,
    close: () => elasticsearch.close(),
  };
}

async function etagOf(api: ApiClient, { performanceId }: Sale, [looker]: readonly Visitor[]): Promise<string> {
  const reply = await api.send('GET', `/performances/${performanceId}/seats`, { headers: { ...looker?.headers } });
  const { etag } = reply.headers;
  if (typeof etag !== 'string') throw new StepFailure(`the seat map was answered ${reply.status} without an ETag`);
  return etag;
}

/** Lets everybody in, and some of them hold all seats; the others want them. */
async function contest(stack: StackDescription, api: ApiClient, people: readonly Person[]): Promise<BusyShop['contested']> {
  const { concertId, performanceId } = await prepareSale(api, stack, { seats: contestedSeats, capacity: people.length });
  const inside = await letIn(people, concertId);
  const holders = inside.slice(visitors);
  const [first] = holders;
  if (!first) throw new StepFailure('nobody was let in');
  const seatIds = (await first.buyer.seatMap(performanceId, first.pass)).seats.map(({ id }) => id);
  for (const [index, { buyer, pass }] of holders.entries()) {
    const held = await buyer.hold(performanceId, pass, seatIds.slice(index * seatsPerPerson, (index + 1) * seatsPerPerson));
    if (held.status !== 201) throw new StepFailure(`a hold was answered ${held.status}`);
  }
  return { performanceId, visitors: inside.slice(0, visitors), seatIds };
}
