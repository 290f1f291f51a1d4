import { Sidecar } from '@ticketing/common/dapr';
import { openDatabase } from '@ticketing/common/database';
import { loadConcert } from '../../services/concert/src/concerts/listed-concert.ts';
import { seed } from '../local/seed.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import type { Bench } from './bench-definition.ts';
import { servingCpuSeconds } from './cpu-time.ts';
import { compareSearches } from './shared-searches.ts';
import { quantile } from './statistics.ts';

const rounds = 5;
const readsPerRound = 2_000;
const atOnce = 8;

/** The same concert from where a second level of the cache would be, and from where it is read without one; and searches with the one that there is. */
export const cacheBench: Bench = {
  summary: 'a second level of the cache: searches with and without it, and a concert from Dapr state beside the same from the database',
  instances: { concert: 2 },
  infrastructure: 'native',
  run: compareReads,
};

interface Source {
  name: string;
  /** Processes that answer it. */
  serving: string[];
  read: () => Promise<unknown>;
  times: number[];
  ownCpu: number;
  servingCpu: number;
}

async function compareReads(stack: StackDescription): Promise<void> {
  const { onSale } = await seed(stack);
  const holder = stack.instances.find(({ service }) => service === 'queue');
  if (!holder) throw new StepFailure('the stack has no queue service');
  const sidecar = new Sidecar({ httpPort: holder.daprHttpPort, apiToken: stack.daprApiToken });
  const { host, port, owners } = stack.database;
  const { database, app } = owners.concert;
  const config = { DB_HOST: host, DB_PORT: port, DB_NAME: database, DB_USER: app.user, DB_POOL_SIZE: atOnce, DB_WAIT_MS: 60_000 };
  const db = await openDatabase({ config, password: app.password, entities: [], migrations: [] });
  try {
    const concert = await loadConcert(db, onSale.concertId);
    if (!concert) throw new StepFailure('the concert is not in the catalogue');
    const key = `bench-concert:${concert.id}`;
    await sidecar.createState(key, concert, 600);
    const none = { times: [], ownCpu: 0, servingCpu: 0 };
    const sources: Source[] = [
      {
        ...structuredClone(none),
        name: 'Dapr state (Redis)',
        serving: [holder.sidecar, 'redis'],
        read: async () => (await sidecar.getState(key)) ?? Promise.reject(new Error('the state is gone')),
      },
      {
        ...structuredClone(none),
        name: 'database, by primary key',
        serving: [stack.database.process],
        read: async () => (await loadConcert(db, concert.id)) ?? Promise.reject(new Error('the concert is gone')),
      },
    ];
    for (const { read } of sources) await readMany(read, []);
    for (let round = 0; round < rounds; round += 1) for (const source of sources) await measure(stack, source);
    report(sources);
    process.stdout.write(
      `\nThe same searches, first of one instance of the concert service, then of another.\n\n${(await compareSearches(stack)).join('\n')}\n`,
    );
  } finally {
    await db.close();
    await sidecar.close();
  }
}

async function readMany(read: () => Promise<unknown>, times: number[]): Promise<void> {
  let started = 0;
  const some = async (): Promise<void> => {
    while (started++ < readsPerRound) {
      const begun = performance.now();
      await read();
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, some));
}

async function measure({ profile }: StackDescription, source: Source): Promise<void> {
  const [own, serving] = [process.cpuUsage(), servingCpuSeconds(profile, source.serving)];
  await readMany(source.read, source.times);
  const { user, system } = process.cpuUsage(own);
  source.ownCpu += (user + system) / 1_000;
  source.servingCpu += (servingCpuSeconds(profile, source.serving) - serving) * 1_000;
}

function report(sources: Source[]): void {
  const columns = ['source', 'p50 ms', 'p99 ms', 'CPU ms here', 'CPU ms there'];
  const rows = sources.map(({ name, times, ownCpu, servingCpu }) => {
    const figures = [quantile(times, 0.5), quantile(times, 0.99), ownCpu / times.length, servingCpu / times.length];
    return [name, ...figures.map((figure) => figure.toFixed(2))];
  });
  const table = [columns, ...rows].map(([name = '', ...cells]) => name.padEnd(28) + cells.map((cell) => cell.padStart(14)).join(''));
  process.stdout.write(`\n${rounds * readsPerRound} reads of one concert each, ${atOnce} at once, in turns of ${readsPerRound}.\n`);
  process.stdout.write(`${table.join('\n')}\n`);
}
