import { Sidecar } from '@ticketing/common/dapr';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import type { StackDescription } from '../local/stack-description.ts';
import type { Bench } from './bench-definition.ts';
import { type SeatClaim, seatClaims } from './seat-claims.ts';
import { quantile } from './statistics.ts';

const connections = 60;
/** How many buyers come for each seat, how many seats there are, and at how many seats they come at once. */
const crowds = [
  { buyers: 1, seats: 600, seatsAtOnce: 50 },
  { buyers: 10, seats: 120, seatsAtOnce: 5 },
  { buyers: 200, seats: 12, seatsAtOnce: 1 },
];

/** The claim of a seat, seven ways: what each costs when nobody, some and many want the same. */
export const locksBench: Bench = {
  summary: 'the claim of a seat guarded in seven ways, at 1, 10 and 200 buyers per seat',
  instances: {},
  run: measureClaims,
};

interface Measured {
  accepted: number;
  rejected: number;
  seconds: number;
  p95: number;
  oversold: number;
}

async function measureClaims(stack: StackDescription, signal: AbortSignal): Promise<void> {
  const { host, port, owners } = stack.database;
  // Tables of its own, with the account that may make some.
  const { database, migrator } = owners.reservation;
  const pool = createPool({ host, port, ...migrator, database, connectionLimit: connections });
  await pool.query('DROP TABLE IF EXISTS bench_seats, bench_claims');
  await pool.query('CREATE TABLE bench_seats (id INT PRIMARY KEY, owner INT NULL, version INT NOT NULL DEFAULT 0)');
  await pool.query('CREATE TABLE bench_claims (id INT AUTO_INCREMENT PRIMARY KEY, seat_id INT NOT NULL, buyer INT NOT NULL)');
  // One of those that may use the state store.
  const instance = stack.instances.find(({ service }) => service === 'queue');
  const sidecar = new Sidecar({ httpPort: instance?.daprHttpPort ?? 0, apiToken: stack.daprApiToken });
  let firstSeat = 1;
  try {
    const lines: string[] = [];
    for (const { buyers, seats, seatsAtOnce } of crowds) {
      for (const way of seatClaims(pool, sidecar)) {
        signal.throwIfAborted();
        const ids = Array.from({ length: seats }, (_, index) => firstSeat + index);
        firstSeat += seats;
        lines.push(formatLine(way.name, buyers, await measure(pool, way, { ids, buyers, seatsAtOnce })));
      }
    }
    process.stdout.write(
      `\nEvery buyer asks once; ${connections} connections to the database, one sidecar. p95 of one claim, accepted or not.\n\n`,
    );
    process.stdout.write('| guard | buyers per seat | accepted/s | rejected/s | p95 | oversold |\n|---|---|---|---|---|---|\n');
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await pool.query('DROP TABLE IF EXISTS bench_seats, bench_claims');
    await pool.end();
    await sidecar.close();
  }
}

async function measure(
  pool: Pool,
  { claim }: SeatClaim,
  { ids, buyers, seatsAtOnce }: { ids: number[]; buyers: number; seatsAtOnce: number },
): Promise<Measured> {
  await pool.query('INSERT INTO bench_seats (id) VALUES ?', [ids.map((id) => [id])]);
  const tookMs: number[] = [];
  let accepted = 0;
  const ask = async (seatId: number, buyer: number): Promise<void> => {
    const asked = performance.now();
    if (await claim(seatId, buyer)) accepted += 1;
    tookMs.push(performance.now() - asked);
  };
  const waiting = [...ids];
  const crowd = async (): Promise<void> => {
    for (let seatId = waiting.shift(); seatId !== undefined; seatId = waiting.shift()) {
      const seat = seatId;
      await Promise.all(Array.from({ length: buyers }, (_, buyer) => ask(seat, buyer + 1)));
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: seatsAtOnce }, crowd));
  const seconds = (performance.now() - started) / 1_000;
  return { accepted, rejected: tookMs.length - accepted, seconds, p95: quantile(tookMs, 0.95), oversold: await oversold(pool, ids) };
}

/** How often a seat was given to somebody although it had been given before. */
async function oversold(pool: Pool, ids: number[]): Promise<number> {
  const [rows] = await pool.query<(RowDataPacket & { extra: number })[]>(
    'SELECT COUNT(*) - COUNT(DISTINCT seat_id) AS extra FROM bench_claims WHERE seat_id IN (?)',
    [ids],
  );
  return rows[0]?.extra ?? 0;
}

function formatLine(name: string, buyers: number, { accepted, rejected, seconds, p95, oversold: extra }: Measured): string {
  const perSecond = (count: number): string => (count / seconds).toFixed(0);
  return `| ${name} | ${buyers} | ${perSecond(accepted)} | ${perSecond(rejected)} | ${p95.toFixed(1)} ms | ${extra} |`;
}
