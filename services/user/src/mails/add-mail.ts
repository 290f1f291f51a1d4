import { createHash } from 'node:crypto';
import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { type MailKind, type NewMail, priorities } from './mail.ts';

/** Somebody waits for these: they go before all that a sale or a cancellation has to tell. */
const awaited: ReadonlySet<MailKind> = new Set(['verify-address', 'reset-password']);

/**
 * Keeps mails in the caller's transaction: they are sent if and only if it commits. One whose id is kept already is left out.
 */
export async function addMails(tx: Queryable, mails: readonly NewMail[]): Promise<void> {
  if (mails.length === 0) return;
  const inOrder = mails.map((mail) => ({ ...mail, key: idToBinary(mail.id) })).sort((a, b) => a.key.compare(b.key));
  // Not INSERT IGNORE, which would cut an address that is too long instead of failing.
  await tx.execute('INSERT INTO mails (id, kind, priority, account_id, address, locale, data) VALUES ? ON DUPLICATE KEY UPDATE id = id', [
    inOrder.map(({ key, kind, accountId, address, locale, data }) => [
      ...[key, kind, awaited.has(kind) ? priorities[0] : priorities[1]],
      ...[accountId === undefined ? null : idToBinary(accountId), address, locale, JSON.stringify(data)],
    ]),
  ]);
}

export function addMail(tx: Queryable, mail: NewMail): Promise<void> {
  return addMails(tx, [mail]);
}

/**
 * The id of a mail that something is told by, the same however often it is asked for.
 * @param subjects ids that say what of: a payment; a performance and whoever is told of it
 */
export function mailIdOf(kind: MailKind, ...subjects: string[]): string {
  const bytes = createHash('sha256')
    .update([kind, ...subjects].join(' ').toLowerCase())
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return idFromBinary(bytes);
}
