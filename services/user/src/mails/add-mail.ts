import { createHash } from 'node:crypto';
import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import type { MailKind, NewMail } from './mail.ts';

/** Somebody waits for these. They are due half a day before they are written, so that they go before all that a sale or a cancellation has to tell. */
const awaited: ReadonlySet<MailKind> = new Set(['verify-address', 'reset-password']);

/**
 * Keeps mails in the caller's transaction: they are sent if and only if it commits. One whose id is kept already is left out.
 */
export async function addMails(tx: Queryable, mails: readonly NewMail[]): Promise<void> {
  if (mails.length === 0) return;
  const inOrder = mails.map((mail) => ({ ...mail, key: idToBinary(mail.id) })).sort((a, b) => a.key.compare(b.key));
  // Not INSERT IGNORE, which would cut an address that is too long instead of failing.
  await tx.execute('INSERT INTO mails (id, kind, account_id, address, locale, data) VALUES ? ON DUPLICATE KEY UPDATE id = id', [
    inOrder.map(({ key, kind, accountId, address, locale, data }) => [
      ...[key, kind, accountId === undefined ? null : idToBinary(accountId)],
      ...[address, locale, JSON.stringify(data)],
    ]),
  ]);
  const first = inOrder.filter(({ kind }) => awaited.has(kind)).map(({ key }) => key);
  if (first.length === 0) return;
  await tx.execute(
    "UPDATE mails SET next_attempt_at = created_at - INTERVAL 12 HOUR WHERE id IN (?) AND status = 'WAITING' AND attempts = 0",
    [first],
  );
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
