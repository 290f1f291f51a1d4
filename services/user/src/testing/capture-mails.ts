import { databaseEnvironment, loadConfig } from '@ticketing/common/config';
import { type Database, idFromBinary, newId, openDatabase, type Queryable, type SqlValue } from '@ticketing/common/database';
import { testEnvironment } from '@ticketing/common/testing/test-stack';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import { z } from 'zod';

/** A mail as it was kept, also in a transaction that was undone later. */
export interface KeptMail {
  kind: string;
  accountId: string;
  address: string;
  locale: string;
  /** Empty where there is none. */
  token: string;
}

const values = z.tuple([z.array(z.array(z.unknown()))]);
const mailRow = z.object({
  kind: z.string(),
  account_id: z.instanceof(Buffer).nullable(),
  address: z.string(),
  locale: z.string(),
  data: z.string(),
});
const linked = z.object({ link: z.string().optional() });

function readMail(columns: readonly string[], row: readonly unknown[]): KeptMail {
  const {
    kind,
    account_id: account,
    address,
    locale,
    data,
  } = mailRow.parse(Object.fromEntries(columns.map((name, index) => [name, row[index]])));
  const { link = '' } = linked.parse(JSON.parse(data));
  return { kind, accountId: account ? idFromBinary(account) : '', address, locale, token: link.split('#')[1] ?? '' };
}

/** The same database, and what mails are kept through it: once they are sent, their tokens are gone. */
export function captureMails(db: Database): { db: Database; mails: KeptMail[] } {
  const mails: KeptMail[] = [];
  const note = (sql: string, given: SqlValue[] = []): void => {
    const columns = /^INSERT INTO mails \(([^)]*)\)/.exec(sql)?.[1]?.split(', ');
    if (columns) mails.push(...values.parse(given)[0].map((row) => readMail(columns, row)));
  };
  const wrap = (queryable: Queryable): Queryable => ({
    query: (sql, given) => queryable.query(sql, given),
    execute: (sql, given) => {
      note(sql, given);
      return queryable.execute(sql, given);
    },
  });
  return { db: { ...db, ...wrap(db), transaction: (work) => db.transaction((tx) => work(wrap(tx))) }, mails };
}

/** The real database with requests for tokens of its own, so that no other instance works them off. */
export async function ownProofRequests(): Promise<{ db: Database; drop: () => Promise<void> }> {
  const config = loadConfig(databaseEnvironment, testEnvironment('user', 'migrator'));
  const real = await openDatabase({ config, password: config.DB_PASSWORD ?? '', entities: [], migrations: [] });
  const table = `test_${newId().replaceAll('-', '')}`;
  await real.execute(`CREATE TABLE ${table} LIKE proof_requests`);
  return {
    db: withoutGuard(real, 'proof_requests', table),
    drop: async () => {
      await real.execute(`DROP TABLE ${table}`);
      await real.close();
    },
  };
}
