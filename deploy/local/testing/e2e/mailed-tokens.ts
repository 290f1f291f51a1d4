import { createConnection } from 'mysql2/promise';
import { z } from 'zod';
import { eventually, type TestShop } from './test-shop.ts';

const rows = z.tuple([z.array(z.object({ data: z.unknown() })), z.unknown()]);
const linked = z.object({ link: z.string() });

/** The token in the last mail of a kind that was kept for an address. @param besides tokens of mails before it */
export function mailedToken(
  { stack }: TestShop,
  kind: 'verify-address' | 'reset-password',
  address: string,
  besides: readonly string[] = [],
): Promise<string> {
  return eventually(`a mail ${kind}`, async () => {
    const { host, port, owners } = stack.database;
    const connection = await createConnection({ host, port, database: owners.user.database, ...owners.user.app });
    try {
      const [found] = rows.parse(
        await connection.query('SELECT data FROM mails WHERE kind = ? AND address = ? ORDER BY created_at DESC, id DESC LIMIT 1', [
          kind,
          address,
        ]),
      );
      // MySQL returns a JSON column as a value, MariaDB as text.
      const [data] = found.map((row): unknown => (typeof row.data === 'string' ? JSON.parse(row.data) : row.data));
      const token = linked.safeParse(data).data?.link.split('#')[1];
      return token === undefined || besides.includes(token) ? undefined : token;
    } finally {
      await connection.end();
    }
  });
}
