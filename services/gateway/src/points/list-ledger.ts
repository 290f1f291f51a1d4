import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { isoTime, oneOf, orNull } from '../http/answers.ts';
import { cursor, krw, limit, nextCursor, shownId, shownInstant } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

const kinds = ['CHARGE', 'PAYMENT', 'REFUND'] as const;
const entrySchema = z
  .object({
    id: shownId,
    kind: z.enum(kinds),
    amount: krw.meta({ description: 'Positive adds to the wallet.' }),
    balanceAfter: krw,
    at: shownInstant,
    reference: z.string().meta({ description: 'The id of the charge, payment or refund.' }),
  })
  .meta({ id: 'LedgerEntry', description: 'One movement of a wallet.' });

export const listLedger = defineRoute(
  {
    method: 'get',
    path: '/api/v1/points/ledger',
    operationId: 'listLedger',
    summary: 'The movements of my wallet, newest first',
    tag: 'Points and payments',
    access: signedIn,
    input: { query: z.strictObject({ limit, cursor }) },
    responses: { 200: z.object({ items: z.array(entrySchema), nextCursor }).meta({ id: 'LedgerPage' }) },
    problems: ['invalid-cursor'],
  },
  async ({ services }, { query }, { user }) => {
    const { result } = await services.payment.listLedger({ userId: user.id, limit: query.limit, cursor: query.cursor ?? '' });
    if (result.case !== 'page') return refused(result);
    const items = result.value.items.map(({ id, kind, amount, balanceAfter, at, reference }) => ({
      id,
      kind: oneOf(kinds, kind),
      amount: Number(amount),
      balanceAfter: Number(balanceAfter),
      at: isoTime(at),
      reference,
    }));
    return { status: 200, body: { items, nextCursor: orNull(result.value.nextCursor) } };
  },
);
