import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { AuditEntrySchema } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { encodeIdCursor } from './cursor.ts';
import { idFromBinary, idToBinary, newId, type Queryable, type SqlValue } from './database.ts';

/** One act of an administrator. It must hold neither secrets nor personal data: entries are never deleted. */
export interface AuditedAction {
  actorId: string;
  /** For example `saga.force`. */
  action: string;
  /** The object of the act: an id, or a name for several objects. */
  subject: string;
  /** The changed fields before the act; null for a new object. */
  before: Record<string, unknown> | null;
  /** The changed fields after the act; null for a deleted object. */
  after: Record<string, unknown> | null;
  /** For example why. */
  detail?: Record<string, unknown>;
}

/** The fields whose values differ. */
export function differences(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): { before: Record<string, unknown>; after: Record<string, unknown> } {
  const changed = Object.keys(after).filter((field) => before[field] !== after[field]);
  const of = (values: Record<string, unknown>) => Object.fromEntries(changed.map((field) => [field, values[field] ?? null]));
  return { before: of(before), after: of(after) };
}

/** Writes down who did what, in the transaction of its effect: neither is there without the other. */
export function recordAudit(tx: Queryable, audited: AuditedAction): Promise<void> {
  return recordAudits(tx, [audited]);
}

/** The same for several acts, in one statement. */
export async function recordAudits(tx: Queryable, audited: readonly AuditedAction[]): Promise<void> {
  await tx.execute('INSERT INTO audit_entries (id, actor_id, action, subject, detail) VALUES ?', [
    audited.map(({ actorId, action, subject, before, after, detail }) => [
      ...[idToBinary(newId()), idToBinary(actorId), action, subject],
      JSON.stringify({ ...detail, before, after }),
    ]),
  ]);
}

interface AuditRow {
  id: Buffer;
  actor_id: Buffer;
  action: string;
  subject: string;
  detail: unknown;
  at: Date;
}

/** Newest first. @param before id of the last entry of the page before; undefined for the first page */
export async function listAudit(
  db: Queryable,
  limit: number,
  before: string | undefined,
): Promise<{ items: MessageInitShape<typeof AuditEntrySchema>[]; nextCursor: string }> {
  const older: SqlValue[] = before === undefined ? [] : [idToBinary(before)];
  const rows = await db.query<AuditRow>(
    `SELECT id, actor_id, action, subject, detail, at FROM audit_entries ${before === undefined ? '' : 'WHERE id < ?'} ORDER BY id DESC LIMIT ?`,
    [...older, limit + 1],
  );
  const items = rows.slice(0, limit).map((row) => ({
    id: idFromBinary(row.id),
    actorId: idFromBinary(row.actor_id),
    action: row.action,
    subject: row.subject,
    // MySQL returns a JSON column as a value, MariaDB as text.
    detailJson: typeof row.detail === 'string' ? row.detail : JSON.stringify(row.detail),
    at: timestampFromDate(row.at),
  }));
  return { items, nextCursor: rows.length > limit ? encodeIdCursor(items.at(-1)?.id ?? '') : '' };
}
