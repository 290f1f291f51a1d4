import { z } from 'zod';
import type { Database } from './database.ts';

/** A lock of the database server, which is let go with its connection however the process ends. */
export interface NamedLock {
  /** @throws Error when the lock is lost, as it is when its connection was */
  confirm: () => Promise<void>;
  release: () => Promise<void>;
}

// 1: taken; 0: another session kept it; NULL: the server failed.
const takenRows = z.array(z.object({ taken: z.number().nullable() }));
const heldRows = z.array(z.object({ held: z.number().nullable() }));

/**
 * Takes a lock that one connection to the server has at a time, and holds that connection until it is released.
 * @param name at most 64 characters; the name of the database is put before it, because the lock belongs to the whole server
 * @returns undefined when another session held it for the whole wait
 */
export async function takeNamedLock(
  { source }: Pick<Database, 'source'>,
  name: string,
  waitSeconds: number,
): Promise<NamedLock | undefined> {
  const runner = source.createQueryRunner();
  const fullName = `${source.driver.database ?? ''}-${name}`;
  try {
    const rows: unknown = await runner.query('SELECT GET_LOCK(?, ?) AS taken', [fullName, waitSeconds]);
    if (takenRows.parse(rows)[0]?.taken !== 1) {
      await runner.release();
      return undefined;
    }
  } catch (error) {
    await runner.release();
    throw error;
  }
  return {
    confirm: async () => {
      const rows: unknown = await runner.query('SELECT IS_USED_LOCK(?) = CONNECTION_ID() AS held', [fullName]);
      if (heldRows.parse(rows)[0]?.held !== 1) throw new Error(`the lock ${name} is lost`);
    },
    release: async () => {
      // A connection that is dead holds nothing.
      await runner.query('SELECT RELEASE_LOCK(?)', [fullName]).catch(() => undefined);
      await runner.release();
    },
  };
}
