import { afterEach, describe, expect, it } from '@jest/globals';
import { databaseEnvironment, loadConfig } from '@ticketing/common/config';
import { type Database, isDatabaseOut, openDatabase } from '@ticketing/common/database';
import { testEnvironment } from '@ticketing/common/testing/test-stack';

let db: Database;
afterEach(() => db.close());

async function open(connections: number, waitMs = 50): Promise<void> {
  const config = loadConfig(databaseEnvironment, testEnvironment('user', 'migrator'));
  const bounds = { DB_POOL_SIZE: connections, DB_WAIT_MS: waitMs };
  db = await openDatabase({ config: { ...config, ...bounds }, password: config.DB_PASSWORD ?? '', entities: [], migrations: [] });
}

/** Transactions that keep their connections until they are told to end. */
async function keepBusy(count: number): Promise<() => Promise<void>> {
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const begun: Promise<unknown>[] = [];
  const ended = Array.from({ length: count }, () => {
    let tell = (): void => undefined;
    begun.push(
      new Promise<void>((resolve) => {
        tell = resolve;
      }),
    );
    return db.transaction(async (tx) => {
      await tx.query('SELECT 1');
      tell();
      await over;
    });
  });
  await Promise.all(begun);
  return async () => {
    end();
    await Promise.all(ended);
  };
}

const connectionOf = async (): Promise<number | undefined> => (await db.query<{ id: number }>('SELECT CONNECTION_ID() AS id'))[0]?.id;
const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('connections', () => {
  it('that are all in use are waited for no longer than a caller waits, and none is lost', async () => {
    await open(2);
    const end = await keepBusy(2);
    const asked = Array.from({ length: 10 }, (_, index) =>
      index % 2 ? db.transaction((tx) => tx.query('SELECT 1')) : db.query('SELECT 1'),
    );
    for (const reason of await Promise.all(asked.map(reasonOf))) {
      expect(reason).toMatchObject({ code: 'NO_FREE_CONNECTION' });
      expect(isDatabaseOut(reason)).toBe(true);
    }
    await end();
    const endAgain = await keepBusy(2);
    await endAgain();
  });

  it('that are all in use do not make the service unready', async () => {
    await open(1);
    const end = await keepBusy(1);
    await Promise.all(Array.from({ length: 20 }, () => db.check()));
    await end();
  });

  it('are given up when the database takes no writes any more: another one may lead to one that does', async () => {
    await open(1, 3_000);
    const refused = "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1290, MESSAGE_TEXT = 'read-only'";
    const before = await connectionOf();
    expect(await connectionOf()).toBe(before);
    const reason = await reasonOf(db.execute(refused));
    expect(reason).toMatchObject({ code: 'ER_OPTION_PREVENTS_STATEMENT' });
    expect(isDatabaseOut(reason)).toBe(true);
    const after = await connectionOf();
    expect(after).not.toBe(before);
    await reasonOf(db.transaction((tx) => tx.execute(refused)));
    expect(await connectionOf()).not.toBe(after);
  });

  it('stay when a statement is refused for what it says', async () => {
    await open(1, 3_000);
    const before = await connectionOf();
    expect(await reasonOf(db.execute('INSERT INTO no_such_table VALUES (1)'))).toMatchObject({ code: 'ER_NO_SUCH_TABLE' });
    expect(await connectionOf()).toBe(before);
  });
});
