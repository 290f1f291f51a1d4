import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { type Locale, locales, type NewMail } from './mail.ts';

export type Recipient = Pick<NewMail, 'accountId' | 'address' | 'locale'>;

/** Where people get their mails, and in which language. Whoever has no account any more is left out. */
export async function findRecipients(tx: Queryable, userIds: readonly string[]): Promise<Map<string, Recipient>> {
  if (userIds.length === 0) return new Map();
  const rows = await tx.query<{ id: Buffer; email: string; locale: string }>('SELECT id, email, locale FROM accounts WHERE id IN (?)', [
    userIds.map(idToBinary),
  ]);
  // What stands in the place of an address that was erased is none.
  const present = rows.filter(({ email }) => email.includes('@'));
  return new Map(
    present.map(({ id, email, locale }) => [idFromBinary(id), { accountId: idFromBinary(id), address: email, locale: toLocale(locale) }]),
  );
}

export function toLocale(text: string): Locale {
  return locales.find((known) => known === text) ?? 'ko';
}
