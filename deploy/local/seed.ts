import { readFileSync } from 'node:fs';
import { pollUntil } from '@ticketing/common/poll-until';
import { openWitnessDatabase, type WitnessDatabase } from '@ticketing/common/witness/witness-databases';
import { z } from 'zod';
import { ApiClient } from './client/api-client.ts';
import { createBuyer } from './client/buyer.ts';
import { reservationShape } from './client/shapes.ts';
import { profileFolders, repositoryRoot } from './profile.ts';
import { runCommand } from './run-command.ts';
import type { DatabaseOwner } from './services.ts';
import type { StackDescription } from './stack-description.ts';
import { StepFailure } from './step-failure.ts';
import { demoPassword } from './welcome.ts';

const specialConcert = z.object({ concertId: z.uuid(), performanceId: z.uuid() });
const specialConcerts = z.object({ onSale: specialConcert, nearlySoldOut: specialConcert, opensSoon: specialConcert });
type SpecialConcert = z.infer<typeof specialConcert>;
export type SpecialConcerts = z.infer<typeof specialConcerts>;

const inventoryTimeoutMs = 60_000;

/** Seats that stay free in the concert that is nearly sold out. */
const seatsLeft = 2;
const seatsPerBuyer = 4;

/**
 * Fills a started stack with demonstration data: accounts, the catalogue, and a concert that honest buyers have nearly bought up.
 * Doing it again changes nothing.
 */
export async function seed(stack: StackDescription): Promise<SpecialConcerts> {
  await seedAccounts(stack);
  const log = await runSeeder(stack, 'concert', 'seed-catalogue', {});
  const special = specialConcerts.parse(JSON.parse(readFileSync(log, 'utf8').trim().split('\n').at(-1) ?? ''));
  const api = new ApiClient(stack.gatewayUrl);
  try {
    await waitForInventory(stack);
    await sellNearlyOut(api, special.nearlySoldOut);
  } finally {
    await api.close();
  }
  return special;
}

/** Makes the demonstration accounts that are missing, one per role. */
export async function seedAccounts(stack: StackDescription): Promise<void> {
  await runSeeder(stack, 'user', 'seed-accounts', { SEED_PASSWORD: demoPassword });
}

/** Runs a service's seeder beside it, with the service's own database account. Returns the file with what it printed. */
async function runSeeder(stack: StackDescription, service: DatabaseOwner, script: string, env: Record<string, string>): Promise<string> {
  const { host, port, owners } = stack.database;
  const { database, app } = owners[service];
  const log = `${profileFolders(stack.profile).logs}/${script}.log`;
  await runCommand(process.execPath, [`dist/${script}.js`], {
    cwd: `${repositoryRoot}services/${service}`,
    log,
    env: { ...env, DB_HOST: host, DB_PORT: String(port), DB_NAME: database, DB_USER: app.user, DB_PASSWORD: app.password },
    fix: 'npm start -- --reset starts with empty databases',
  });
  return log;
}

/** The reservation service builds the seats from events; until it has, nobody can buy. */
async function waitForInventory(stack: StackDescription): Promise<void> {
  const { host, port, witness, owners } = stack.database;
  const open = (database: string) => openWitnessDatabase({ host, port, ...witness, database });
  const [scheduled, built] = await Promise.all([open(owners.concert.database), open(owners.reservation.database)]);
  const count = async (database: WitnessDatabase): Promise<unknown> =>
    (await database.rows('SELECT COUNT(*) AS n FROM performances'))[0]?.n;
  try {
    const ready = await pollUntil(async () => ((await count(scheduled)) === (await count(built)) ? true : undefined), inventoryTimeoutMs);
    if (!ready)
      throw new StepFailure('the seats of the scheduled performances were not built', { fix: 'look into the log of reservation-1' });
  } finally {
    await Promise.all([scheduled.close(), built.close()]);
  }
}

async function sellNearlyOut(api: ApiClient, { concertId, performanceId }: SpecialConcert): Promise<void> {
  for (let number = 1; ; number += 1) {
    const buyer = await createBuyer(api, `early-bird-${number}@example.com`);
    const pass = await buyer.enter(concertId);
    if (pass === undefined) return;
    const { seats } = await buyer.seatMap(performanceId, pass);
    const free = seats.filter((seat) => seat.status === 'AVAILABLE');
    const wanted = free.slice(0, Math.min(seatsPerBuyer, free.length - seatsLeft));
    if (wanted.length === 0) return;
    await buyer.charge(wanted.reduce((sum, seat) => sum + seat.price, 0));
    const held = await buyer.hold(
      performanceId,
      pass,
      wanted.map((seat) => seat.id),
    );
    // A buyer of an earlier run that was cut short may have its share already; the next one goes on.
    if (held.status !== 201) continue;
    await buyer.pay(reservationShape.parse(held.body).id);
  }
}
