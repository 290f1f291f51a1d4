import { createPool, type Pool, type ResultSetHeader } from 'mysql2/promise';
import type { StackDescription } from '../local/stack-description.ts';

/** A seat and who buys it. */
export interface SqlSale {
  seat: number;
  person: number;
}

/** The SQL of a sale with no service around it, in tables of its own beside those of the stack. */
export interface SqlSales {
  /** Replaces all seats by `count` free ones. @returns a sale for each */
  prepare: (count: number) => Promise<SqlSale[]>;
  /** Sells seats together by 15 statements in four transactions, one round trip each: one hold, and three for its payment. */
  sell: (sales: readonly SqlSale[]) => Promise<void>;
  close: () => Promise<void>;
}

const people = 2_000;
const price = 100;
const rowsPerStatement = 1_000;
const event = JSON.stringify({ a: 1, b: 'x'.repeat(200) });

const tables = [
  'bench_seats (id BIGINT PRIMARY KEY, performance INT, status CHAR(1), reservation BIGINT NULL, expires DATETIME(3) NULL, KEY (performance, status))',
  'bench_reservations (id BIGINT PRIMARY KEY AUTO_INCREMENT, person BIGINT, performance INT, status CHAR(1), amount INT, expires DATETIME(3), KEY (person))',
  'bench_outbox (id BIGINT PRIMARY KEY AUTO_INCREMENT, topic VARCHAR(40), k VARCHAR(40), body JSON, sent TINYINT DEFAULT 0, KEY (sent, id))',
  'bench_wallets (person BIGINT PRIMARY KEY, balance BIGINT, reserved BIGINT)',
  'bench_payments (id BIGINT PRIMARY KEY AUTO_INCREMENT, reservation BIGINT UNIQUE, person BIGINT, amount INT, status CHAR(1))',
  'bench_sagas (id BIGINT PRIMARY KEY AUTO_INCREMENT, payment BIGINT, step VARCHAR(20), state VARCHAR(20), lease DATETIME(3) NULL, KEY (payment))',
  'bench_tickets (id BIGINT PRIMARY KEY AUTO_INCREMENT, reservation BIGINT, seat BIGINT UNIQUE)',
  'bench_ledger (id BIGINT PRIMARY KEY AUTO_INCREMENT, person BIGINT, amount BIGINT, kind CHAR(1), reference BIGINT, KEY (person))',
];

const tableNames = tables.map((table) => table.split(' ')[0] ?? '');

/** @param connections how many sales or groups are under way at most */
export async function openSqlSales({ database }: StackDescription, connections: number): Promise<SqlSales> {
  const { host, port, owners } = database;
  const { migrator, database: name } = owners.reservation;
  const pool = createPool({ host, port, ...migrator, database: name, connectionLimit: connections });
  await drop(pool);
  for (const table of tables) await pool.query(`CREATE TABLE ${table}`);
  const wallets = Array.from({ length: people }, (_, index) => [index + 1, 1_000_000_000, 0]);
  await pool.query('INSERT INTO bench_wallets VALUES ?', [wallets]);
  return {
    prepare: (count) => prepare(pool, count),
    sell: async (sales) => {
      const reservations = await inTransaction(pool, (run) => hold(run, sales));
      const payments = await inTransaction(pool, (run) => beginPayments(run, sales, reservations));
      await inTransaction(pool, (run) => confirm(run, sales, reservations));
      await inTransaction(pool, (run) => capture(run, sales, payments));
    },
    close: async () => {
      await drop(pool);
      await pool.end();
    },
  };
}

async function drop(pool: Pool): Promise<void> {
  await pool.query(`DROP TABLE IF EXISTS ${tableNames.join(', ')}`);
}

async function prepare(pool: Pool, count: number): Promise<SqlSale[]> {
  for (const table of tableNames.filter((name) => name !== 'bench_wallets')) await pool.query(`TRUNCATE ${table}`);
  const sales = Array.from({ length: count }, (_, index) => ({ seat: index + 1, person: (index % people) + 1 }));
  for (let from = 0; from < count; from += rowsPerStatement) {
    const rows = sales.slice(from, from + rowsPerStatement).map(({ seat }) => [seat, 1, 'A']);
    await pool.query('INSERT INTO bench_seats (id, performance, status) VALUES ?', [rows]);
  }
  return sales;
}

/** Sends a statement in a transaction. */
type Run = (sql: string, values: unknown[]) => Promise<ResultSetHeader>;

/** @returns the ids of the reservations */
async function hold(run: Run, sales: readonly SqlSale[]): Promise<number[]> {
  const held = await run(
    `UPDATE bench_seats SET status = 'H', expires = NOW(3) + INTERVAL 5 MINUTE
      WHERE id IN (?) AND (status = 'A' OR (status = 'H' AND expires < NOW(3)))`,
    [sales.map(({ seat }) => seat)],
  );
  expectRows(held, sales.length);
  const expires = new Date(Date.now() + 300_000);
  const { insertId } = await run('INSERT INTO bench_reservations (person, performance, status, amount, expires) VALUES ?', [
    sales.map(({ person }) => [person, 1, 'H', price, expires]),
  ]);
  await publish(
    run,
    'r',
    sales.map(({ seat }) => seat),
  );
  return idsFrom(insertId, sales.length);
}

/** @returns the ids of the payments */
async function beginPayments(run: Run, sales: readonly SqlSale[], reservations: readonly number[]): Promise<number[]> {
  await run('UPDATE bench_wallets SET balance = balance - ?, reserved = reserved + ? WHERE person IN (?) AND balance >= ?', [
    ...[price, price, sales.map(({ person }) => person), price],
  ]);
  const { insertId } = await run('INSERT INTO bench_payments (reservation, person, amount, status) VALUES ?', [
    sales.map(({ person }, index) => [reservations[index], person, price, 'P']),
  ]);
  const payments = idsFrom(insertId, sales.length);
  await run('INSERT INTO bench_sagas (payment, step, state) VALUES ?', [payments.map((payment) => [payment, 'reserve', 'run'])]);
  return payments;
}

async function confirm(run: Run, sales: readonly SqlSale[], reservations: readonly number[]): Promise<void> {
  const seats = sales.map(({ seat }) => seat);
  expectRows(await run("UPDATE bench_reservations SET status = 'C' WHERE id IN (?) AND status = 'H'", [reservations]), sales.length);
  expectRows(await run("UPDATE bench_seats SET status = 'S' WHERE id IN (?) AND status = 'H'", [seats]), sales.length);
  await run('INSERT INTO bench_tickets (reservation, seat) VALUES ?', [seats.map((seat, index) => [reservations[index], seat])]);
  await publish(run, 'r', seats);
}

async function capture(run: Run, sales: readonly SqlSale[], payments: readonly number[]): Promise<void> {
  expectRows(await run("UPDATE bench_payments SET status = 'C' WHERE id IN (?) AND status = 'P'", [payments]), sales.length);
  await run('UPDATE bench_wallets SET reserved = reserved - ? WHERE person IN (?)', [price, sales.map(({ person }) => person)]);
  const entries = sales.flatMap(({ person }, index) => [
    [person, -price, 'P', payments[index]],
    [0, price, 'P', payments[index]],
  ]);
  await run('INSERT INTO bench_ledger (person, amount, kind, reference) VALUES ?', [entries]);
  await run("UPDATE bench_sagas SET state = 'done' WHERE payment IN (?)", [payments]);
  await publish(run, 'p', payments);
}

async function publish(run: Run, topic: string, keys: readonly number[]): Promise<void> {
  await run('INSERT INTO bench_outbox (topic, k, body) VALUES ?', [keys.map((key) => [topic, String(key), event])]);
}

/** The ids that the rows of one statement were given. */
function idsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

function expectRows({ affectedRows }: ResultSetHeader, count: number): void {
  if (affectedRows !== count) throw new Error(`${affectedRows} of ${count} rows were changed`);
}

async function inTransaction<T>(pool: Pool, work: (run: Run) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  try {
    await connection.query('BEGIN');
    const result = await work(async (sql, values) => (await connection.query<ResultSetHeader>(sql, values))[0]);
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  } finally {
    connection.release();
  }
}
