import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { decodeIdCursor, encodeIdCursor } from '@ticketing/common/cursor';
import { idFromBinary, idToBinary, type Queryable, type SqlValue } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { ListSagasRequest, ListSagasResponseSchema, SagaSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { type SagaKind, subjectOf } from './saga-store.ts';

interface SagaRow {
  id: Buffer;
  kind: SagaKind;
  subject_id: Buffer;
  status: string;
  attempts: number;
  last_error: string | null;
  created_at: Date;
  next_attempt_at: Date;
}

interface StepRow {
  saga_id: Buffer;
  step: string;
  outcome: string;
  at: Date;
}

type ShownSaga = MessageInitShape<typeof SagaSchema>;

/** Sagas with their steps, newest first. Refuses with `invalid-cursor`. */
export async function listSagas(
  { db }: Pick<Context, 'db'>,
  { status, limit, cursor }: ListSagasRequest,
): Promise<MessageInitShape<typeof ListSagasResponseSchema>> {
  const before = cursor === '' ? undefined : decodeIdCursor(cursor);
  if (cursor !== '' && before === undefined)
    return { result: refusalResult(refuse('invalid-cursor', 'The cursor does not come from an earlier page.')) };
  const size = limit || 20;
  const conditions: [sql: string, value: SqlValue][] = [];
  if (status !== '') conditions.push(['status = ?', status]);
  if (before !== undefined) conditions.push(['id < ?', idToBinary(before)]);
  const where = conditions.map(([sql]) => sql).join(' AND ') || 'TRUE';
  const found = await readSagas(db, `${where} ORDER BY id DESC LIMIT ?`, [...conditions.map(([, value]) => value), size + 1]);
  const items = found.slice(0, size);
  return { result: { case: 'page', value: { items, nextCursor: found.length > size ? encodeIdCursor(items.at(-1)?.id ?? '') : '' } } };
}

/** A saga as operators see it. */
export async function showSaga(db: Queryable, id: string): Promise<ShownSaga | undefined> {
  const [saga] = await readSagas(db, 'id = ?', [idToBinary(id)]);
  return saga;
}

async function readSagas(db: Queryable, where: string, values: SqlValue[]): Promise<ShownSaga[]> {
  const rows = await db.query<SagaRow>(
    `SELECT id, kind, subject_id, status, attempts, last_error, created_at, next_attempt_at FROM sagas WHERE ${where}`,
    values,
  );
  if (rows.length === 0) return [];
  const steps = await db.query<StepRow>('SELECT saga_id, step, outcome, at FROM saga_steps WHERE saga_id IN (?) ORDER BY at', [
    rows.map((row) => row.id),
  ]);
  return rows.map((row) => ({
    ...{ id: idFromBinary(row.id), kind: subjectOf(row.kind), subjectId: idFromBinary(row.subject_id), status: row.status },
    ...{ attempts: row.attempts, lastError: row.last_error ?? '' },
    createdAt: timestampFromDate(row.created_at),
    nextAttemptAt: timestampFromDate(row.next_attempt_at),
    steps: steps
      .filter((step) => step.saga_id.equals(row.id))
      .map(({ step, outcome, at }) => ({ step, outcome, at: timestampFromDate(at) })),
  }));
}
