import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { DeadLetterSchema } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { json, Router } from 'express';
import { z } from 'zod';
import { recordAudit } from './audit.ts';
import { encodeIdCursor } from './cursor.ts';
import { type Database, idFromBinary, idToBinary, newId, type Queryable, Rollback, type SqlValue } from './database.ts';
import { type DeadLetterMessage, deadLetterMessage, deadLetterType } from './dead-letter-message.ts';
import { takeOnce } from './inbox.ts';
import { type Refusal, refuse } from './refusal.ts';

const delivered = z.looseObject({ id: z.uuid(), type: z.string(), data: z.unknown() });
const names = z.looseObject({ id: z.string().max(64), type: z.string().max(64) });
const origin = z.looseObject({ topic: z.string().max(64) });

/**
 * Takes what the sidecar delivers at POST /dead-letters/{service} from the dead-letter topic of that service, and keeps it for an operator.
 * It has no dead-letter topic behind it: a letter waits in the broker until the database takes it.
 */
export function receiveDeadLetters(db: Database): Router {
  const router = Router();
  router.post('/dead-letters/:service', json({ type: '*/*', limit: '2mb' }), async (request, response) => {
    response.locals.route = '/dead-letters/:service';
    const { service } = request.params;
    const message = delivered.safeParse(request.body).data;
    const letter = readLetter(service, message, request.body);
    const id = message?.type === deadLetterType ? message.id : newId();
    await takeOnce(db, [{ id }], (tx) => keepLetter(tx, letter));
    response.json({ status: 'SUCCESS' });
  });
  return router;
}

/** What the consumer wrote; or the bare event, where its sidecar has given it up because the consumer never answered. */
function readLetter(service: string, message: z.infer<typeof delivered> | undefined, body: unknown): DeadLetterMessage {
  const letter = message?.type === deadLetterType ? deadLetterMessage.safeParse(message.data).data : undefined;
  if (letter) return { ...letter, service };
  const topic = origin.safeParse(body).data?.topic ?? 'unknown';
  return { service, topic, error: 'the consumer did not answer', attempts: 0, event: body, headers: {} };
}

async function keepLetter(tx: Queryable, letter: DeadLetterMessage): Promise<void> {
  const { id, type } = names.safeParse(letter.event).data ?? { id: newId(), type: 'unknown' };
  await tx.execute(
    `INSERT INTO dead_letters (id, service, topic, event_id, type, event, headers, error, attempts) VALUES (?)
     ON DUPLICATE KEY UPDATE status = 'PARKED', error = VALUES(error), attempts = attempts + VALUES(attempts)`,
    [
      [
        idToBinary(newId()),
        letter.service,
        letter.topic,
        id,
        type,
        JSON.stringify(letter.event ?? null),
        JSON.stringify(letter.headers),
        letter.error,
        letter.attempts,
      ],
    ],
  );
}

type Status = 'PARKED' | 'REDRIVING' | 'REDRIVEN' | 'DISCARDED';

type ShownLetter = MessageInitShape<typeof DeadLetterSchema>;

interface LetterRow {
  id: Buffer;
  service: string;
  topic: string;
  event_id: string;
  type: string;
  event: unknown;
  headers: unknown;
  error: string;
  attempts: number;
  status: Status;
  parked_at: Date;
  changed_at: Date;
}

/** Letters, newest first. @param filter empty strings stand for all; `cursor` is the id of the last one of the page before */
export async function listLetters(
  db: Queryable,
  filter: { service: string; status: string; limit: number; before: string | undefined },
): Promise<{ items: MessageInitShape<typeof DeadLetterSchema>[]; nextCursor: string }> {
  const conditions: [sql: string, value: SqlValue][] = [];
  if (filter.service !== '') conditions.push(['service = ?', filter.service]);
  if (filter.status !== '') conditions.push(['status = ?', filter.status]);
  if (filter.before !== undefined) conditions.push(['id < ?', idToBinary(filter.before)]);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
  const rows = await db.query<LetterRow>(`SELECT * FROM dead_letters ${where} ORDER BY id DESC LIMIT ?`, [
    ...conditions.map(([, value]) => value),
    filter.limit + 1,
  ]);
  const items = rows.slice(0, filter.limit).map(toLetter);
  return { items, nextCursor: rows.length > filter.limit ? encodeIdCursor(items.at(-1)?.id ?? '') : '' };
}

function toLetter(row: LetterRow) {
  // MySQL returns a JSON column as a value, MariaDB as text.
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  const { service, topic, type, status, error, attempts } = row;
  return {
    ...{ id: idFromBinary(row.id), service, topic, eventId: row.event_id, type, status, error, attempts },
    ...{ eventJson: text(row.event), headersJson: text(row.headers) },
    ...{ parkedAt: timestampFromDate(row.parked_at), changedAt: timestampFromDate(row.changed_at) },
  };
}

const notFound = (): Refusal => refuse('dead-letter-not-found', 'There is no such dead letter.');

/** Stores the answer in the transaction of its effect. */
type Note<A> = (tx: Queryable, answer: A) => Promise<void>;
const noNote = (): Promise<void> => Promise.resolve();

/** Sends one parked letter on its way back. Refuses with `dead-letter-not-found` or `dead-letter-not-parked`. */
export async function redriveLetter(db: Database, actorId: string, id: string, note: Note<number> = noNote): Promise<number | Refusal> {
  return db.transaction<number | Refusal>(async (tx) => {
    const refusal = await change(tx, id, 'REDRIVING');
    if (refusal) return new Rollback<number | Refusal>(refusal);
    await recordAudit(tx, {
      actorId,
      action: 'dead-letter.redrive',
      subject: id,
      before: { status: 'PARKED' },
      after: { status: 'REDRIVING' },
    });
    await note(tx, 1);
    return 1;
  });
}

/** Sends all parked letters of a consumer on their way back, or of all consumers when `service` is empty. */
export async function redriveLetters(db: Database, actorId: string, service: string, note: Note<number> = noNote): Promise<number> {
  return db.transaction(async (tx) => {
    const count = await tx.execute("UPDATE dead_letters SET status = 'REDRIVING' WHERE status = 'PARKED' AND (? = '' OR service = ?)", [
      service,
      service,
    ]);
    if (count > 0) {
      const change = { before: { status: 'PARKED' }, after: { status: 'REDRIVING' }, detail: { count } };
      await recordAudit(tx, { actorId, action: 'dead-letter.redrive-all', subject: service || 'all', ...change });
    }
    await note(tx, count);
    return count;
  });
}

/** Puts a parked letter away for good. Refuses with `dead-letter-not-found` or `dead-letter-not-parked`. */
export async function discardLetter(
  db: Database,
  actorId: string,
  id: string,
  reason: string,
  note: Note<ShownLetter> = noNote,
): Promise<ShownLetter | Refusal> {
  return db.transaction<ShownLetter | Refusal>(async (tx) => {
    const refused = await change(tx, id, 'DISCARDED');
    if (refused) return new Rollback<ShownLetter | Refusal>(refused);
    const audited = { before: { status: 'PARKED' }, after: { status: 'DISCARDED' }, detail: { reason } };
    await recordAudit(tx, { actorId, action: 'dead-letter.discard', subject: id, ...audited });
    const [row] = await tx.query<LetterRow>('SELECT * FROM dead_letters WHERE id = ?', [idToBinary(id)]);
    if (!row) throw new Error(`dead letter ${id} is gone`);
    const letter = toLetter(row);
    await note(tx, letter);
    return letter;
  });
}

async function change(tx: Queryable, id: string, status: Status): Promise<Refusal | undefined> {
  const changed = await tx.execute("UPDATE dead_letters SET status = ? WHERE id = ? AND status = 'PARKED'", [status, idToBinary(id)]);
  if (changed === 1) return undefined;
  const [present] = await tx.query<{ status: Status }>('SELECT status FROM dead_letters WHERE id = ?', [idToBinary(id)]);
  return present ? refuse('dead-letter-not-parked', `It is ${present.status} already.`) : notFound();
}
