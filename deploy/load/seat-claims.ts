import type { Sidecar } from '@ticketing/common/dapr';
import { createMicroBatcher } from '@ticketing/common/micro-batcher';
import type { Pool, PoolConnection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';

/** One way to give a seat to one of many. True: this buyer has it. */
export interface SeatClaim {
  name: string;
  claim: (seatId: number, buyer: number) => Promise<boolean>;
}

interface Seat extends RowDataPacket {
  owner: number | null;
  version: number;
}

const holdSeconds = 60;
const lockSeconds = 10;
const claimsPerTransaction = 64;

type Connection = Pool | PoolConnection;

async function keep(db: Connection, seatId: number, buyer: number): Promise<true> {
  await db.query('INSERT INTO bench_claims (seat_id, buyer) VALUES (?, ?)', [seatId, buyer]);
  return true;
}

async function look(db: Connection, seatId: number, locking = ''): Promise<Seat | undefined> {
  const [rows] = await db.query<Seat[]>(`SELECT owner, version FROM bench_seats WHERE id = ? ${locking}`, [seatId]);
  return rows[0];
}

async function update(db: Connection, condition: string, values: (number | null)[]): Promise<boolean> {
  const [done] = await db.query<ResultSetHeader>(
    `UPDATE bench_seats SET owner = ?, version = version + 1 WHERE id = ? ${condition}`,
    values,
  );
  return done.affectedRows === 1;
}

/** Each writes who got a seat into `bench_claims`, where a seat that was given twice has two rows. */
export function seatClaims(pool: Pool, sidecar: Sidecar): SeatClaim[] {
  const unguarded = async (db: Connection, seatId: number, buyer: number, locking = ''): Promise<boolean> => {
    const seat = await look(db, seatId, locking);
    if (!seat || seat.owner !== null) return false;
    await update(db, '', [buyer, seatId]);
    return keep(db, seatId, buyer);
  };
  const conditional = async (seatId: number, buyer: number): Promise<boolean> =>
    (await update(pool, 'AND owner IS NULL', [buyer, seatId])) && keep(pool, seatId, buyer);

  return [
    { name: 'no guard', claim: (seatId, buyer) => unguarded(pool, seatId, buyer) },
    { name: 'SELECT … FOR UPDATE', claim: (seatId, buyer) => inTransaction(pool, (db) => unguarded(db, seatId, buyer, 'FOR UPDATE')) },
    {
      name: 'version column',
      claim: async (seatId, buyer) => {
        const seat = await look(pool, seatId);
        if (!seat || seat.owner !== null) return false;
        return (await update(pool, 'AND version = ?', [buyer, seatId, seat.version])) && keep(pool, seatId, buyer);
      },
    },
    { name: 'conditional update', claim: conditional },
    {
      name: 'Dapr lock',
      claim: (seatId, buyer) => underLock(sidecar, seatId, buyer, () => unguarded(pool, seatId, buyer)),
    },
    {
      name: 'ETag hold + conditional update',
      claim: async (seatId, buyer) => (await sidecar.createState(`bench-seat:${seatId}`, buyer, holdSeconds)) && conditional(seatId, buyer),
    },
    { name: 'group commit', claim: claimTogether(pool) },
  ];
}

/** What arrives while a transaction is out shares the next one. */
function claimTogether(pool: Pool): SeatClaim['claim'] {
  const limits = { limit: claimsPerTransaction, patienceMs: 50 };
  const claim = createMicroBatcher<Wish, boolean>(limits, (_key, wishes) => inTransaction(pool, (db) => claimAll(db, wishes)));
  return (seatId, buyer) => claim('', { seatId, buyer });
}

interface Wish {
  seatId: number;
  buyer: number;
}

async function claimAll(db: PoolConnection, wishes: Wish[]): Promise<boolean[]> {
  const ids = wishes.map(({ seatId }) => seatId);
  const [rows] = await db.query<(RowDataPacket & { id: number })[]>(
    'SELECT id FROM bench_seats WHERE id IN (?) AND owner IS NULL FOR UPDATE',
    [ids],
  );
  const free = new Set(rows.map(({ id }) => id));
  const given = wishes.map(({ seatId }) => free.delete(seatId));
  const won = wishes.filter((_wish, index) => given[index]);
  if (won.length === 0) return given;
  const owners = won.map(({ seatId, buyer }) => `WHEN ${seatId} THEN ${buyer}`).join(' ');
  await db.query(`UPDATE bench_seats SET owner = CASE id ${owners} END, version = version + 1 WHERE id IN (?)`, [
    won.map(({ seatId }) => seatId),
  ]);
  await db.query('INSERT INTO bench_claims (seat_id, buyer) VALUES ?', [won.map(({ seatId, buyer }) => [seatId, buyer])]);
  return given;
}

async function underLock(sidecar: Sidecar, seatId: number, buyer: number, work: () => Promise<boolean>): Promise<boolean> {
  const [resource, owner] = [`bench-seat-${seatId}`, String(buyer)];
  if (!(await sidecar.tryLock(resource, owner, lockSeconds))) return false;
  try {
    return await work();
  } finally {
    await sidecar.unlock(resource, owner);
  }
}

async function inTransaction<T>(pool: Pool, work: (db: PoolConnection) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const done = await work(connection);
    await connection.commit();
    return done;
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
}
