import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { loadConcert } from '../../services/concert/src/concerts/listed-concert.ts';
import { fillCatalogue } from '../../services/concert/src/testing/many-concerts.ts';
import { ApiClient } from '../local/client/api-client.ts';
import { logIn } from '../local/client/buyer.ts';
import { endOf, startReindexer } from '../local/run-reindexer.ts';
import { seed } from '../local/seed.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import { atOnce } from './at-once.ts';
import type { Bench } from './bench-definition.ts';
import { createPeople, type Person } from './crowd.ts';
import { formatIdle, idleShare } from './idle-share.ts';
import { openCatalogue } from './open-catalogue.ts';
import { openSettledBooks } from './settled-books.ts';

const fewRooms = 60;
const manyRooms = 1_000;
/** Among the few and among the many. */
const openRooms = 10;
/** Beside those with rooms; made by thousands. */
const furtherConcerts = 12_000;
const madeAtOnce = 16;
const dayMs = 86_400_000;
// A room is looked at for a minute after its last join, and a call that nobody follows ends after 45 seconds.
const quietAfterMs = 130_000;
const look = { times: 3, seconds: 20 };

/** What the stack takes while nobody asks it for anything: with few rooms that somebody has joined, and with many among many concerts. */
export const measureIdleGrowth: Bench['run'] = async (stack, signal) => {
  const { onSale } = await seed(stack);
  const api = new ApiClient(stack.gatewayUrl);
  try {
    process.stdout.write(
      `\nThe stack at rest, ${openRooms} rooms open, one person in each; shares of a core, medians of ${look.times} times ${look.seconds} s:\n`,
    );
    await joinRooms(stack, api, { from: 0, to: fewRooms }, signal);
    await lookAtRest(stack, signal, `demonstration data and ${fewRooms} joined rooms`);
    await joinRooms(stack, api, { from: fewRooms, to: manyRooms }, signal);
    await addConcerts(stack, onSale.concertId);
    await lookAtRest(stack, signal, `${furtherConcerts + manyRooms} concerts, of which ${manyRooms} have joined rooms`);
  } finally {
    await api.close();
  }
};

/** Makes concerts with a performance each and lets one person join the room of each; the first ones are on sale, the others in a week. */
async function joinRooms(
  stack: StackDescription,
  api: ApiClient,
  { from, to }: { from: number; to: number },
  signal: AbortSignal,
): Promise<void> {
  const { token } = await logIn(api, 'organiser@example.com');
  const people = (await createPeople(stack, api, to - from)).entries();
  await atOnce(madeAtOnce, people, signal, ([index, person]) =>
    joinRoom(api, token, person, Date.now() + (from + index < openRooms ? -60_000 : 7 * dayMs)),
  );
}

async function joinRoom(api: ApiClient, organiser: string, { buyer }: Person, opensAt: number): Promise<void> {
  const withId = z.object({ id: z.string() });
  const concert = await api.call(withId, 'POST', '/admin/concerts', {
    token: organiser,
    body: {
      title: 'A quiet night',
      artist: 'The Resting',
      description: 'A concert that one person waits for.',
      venue: { name: 'Small Hall', city: 'Seoul', timeZone: 'Asia/Seoul' },
      saleOpensAt: new Date(opensAt).toISOString(),
    },
  });
  await api.call(withId, 'POST', `/admin/concerts/${concert.id}/performances`, {
    token: organiser,
    body: {
      startsAt: new Date(Date.now() + 30 * dayMs).toISOString(),
      sections: [{ name: 'Floor', rows: 1, seatsPerRow: 10, price: 10_000 }],
    },
  });
  await api.call(z.unknown(), 'POST', '/queue/tokens', { token: buyer.token, body: { concertId: concert.id } });
}

/** Concerts that nobody asks for, written into the catalogue and into its index. @param modelId a concert at whose venue they are */
async function addConcerts(stack: StackDescription, modelId: string): Promise<void> {
  const db = await openCatalogue(stack);
  try {
    const model = await loadConcert(db, modelId);
    if (!model) throw new StepFailure('the concert is not in the catalogue');
    await fillCatalogue(db, model.venue, furtherConcerts);
  } finally {
    await db.close();
  }
  const reindexer = startReindexer(stack, 'build');
  reindexer.stdout.resume();
  const code = await endOf(reindexer);
  if (code !== 0) throw new StepFailure(`the reindexer ended with ${code ?? 'a signal'}`);
}

async function lookAtRest(stack: StackDescription, signal: AbortSignal, name: string): Promise<void> {
  const books = await openSettledBooks(stack, signal);
  await books.settle().finally(() => books.close());
  await delay(quietAfterMs, undefined, { signal });
  process.stdout.write(`  ${name}: ${formatIdle(await idleShare(stack, look, signal))}\n`);
}
