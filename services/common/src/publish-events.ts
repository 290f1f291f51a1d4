import type { PublishEntry, Sidecar } from './dapr.ts';
import { idFromBinary } from './database.ts';

/** What of an event goes to the broker. */
export interface OutboxRow {
  seq: number;
  id: Buffer;
  topic: string;
  type: string;
  aggregate_id: string;
  data: unknown;
  traceparent: string | null;
}

export const outboxColumns = 'seq, id, topic, type, aggregate_id, data, traceparent';

export type Publisher = Pick<Sidecar, 'publish'>;

/** What became of events that were handed to the broker. */
export interface Publication {
  taken: OutboxRow[];
  /** Were refused themselves; what is in neither list waits behind one of these, or behind a broker that is out. */
  refused: OutboxRow[];
  /** The broker took something, so that what it refused is at fault itself. */
  isWell: boolean;
}

// An eighth of what the sidecar takes in one call (max-body-size), because events grow on their way into one.
const mostBytesPerCall = 2 ** 20;
/** An event that is larger never fits into a call. */
export const mostBytesPerEvent = 3 * 2 ** 20;
const envelopeBytes = 1_000;

/**
 * Publishes events of one topic, in calls of 1 MiB. Where the broker takes nothing of a call, one event of it may spoil it: if the broker takes
 * another one alone, the call is halved until what it refuses stands alone. What follows a refused event of the same aggregate is not sent, or
 * published again behind it.
 * @param options.replay marks them as published again
 */
export async function publishEvents(
  sidecar: Publisher,
  topic: string,
  rows: OutboxRow[],
  options: { replay?: string } = {},
): Promise<Publication> {
  const taken: OutboxRow[] = [];
  const refused: OutboxRow[] = [];
  const stuck = new Set<string>();
  const state = { isWell: false, isOut: false };

  const call = async (batch: OutboxRow[]): Promise<Set<string>> => {
    const failed = await sidecar
      .publish(
        topic,
        batch.map((row) => ({ ...toEntry(row), ...options })),
      )
      .catch(() => new Set(batch.map(idOf)));
    if (failed.size < batch.length) state.isWell = true;
    return failed;
  };
  const send = async (sent: OutboxRow[]): Promise<void> => {
    const batch = sent.filter((row) => !stuck.has(row.aggregate_id));
    if (batch.length === 0 || state.isOut) return;
    const failed = await call(batch);
    if (failed.size === batch.length && batch.length > 1) {
      // Which one is left to chance, so that no event can be in the way for ever; the first of its aggregate, so that the order holds.
      if (!state.isWell) state.isOut = (await call([pickFirstOfAny(batch)])).size > 0;
      const middle = Math.ceil(batch.length / 2);
      await send(batch.slice(0, middle));
      await send(batch.slice(middle));
      return;
    }
    for (const row of batch) {
      if (failed.has(idOf(row))) refused.push(row);
      if (failed.has(idOf(row))) stuck.add(row.aggregate_id);
      else if (!stuck.has(row.aggregate_id)) taken.push(row);
    }
  };
  for (const batch of cutBySize(rows)) await send(batch);
  return { taken, refused, isWell: state.isWell };
}

export function idOf(row: Pick<OutboxRow, 'id'>): string {
  return idFromBinary(row.id);
}

export function bytesOf({ data }: Pick<OutboxRow, 'data'>): number {
  return Buffer.byteLength(typeof data === 'string' ? data : JSON.stringify(data)) + envelopeBytes;
}

function toEntry(row: OutboxRow): PublishEntry {
  return {
    id: idOf(row),
    type: row.type,
    key: row.aggregate_id,
    traceparent: row.traceparent ?? undefined,
    // MySQL returns a JSON column as a value, MariaDB as text.
    data: typeof row.data === 'string' ? JSON.parse(row.data) : row.data,
  };
}

function pickFirstOfAny(batch: OutboxRow[]): OutboxRow {
  const firsts = new Map<string, OutboxRow>();
  for (const row of batch) if (!firsts.has(row.aggregate_id)) firsts.set(row.aggregate_id, row);
  const choice = [...firsts.values()];
  const picked = choice[Math.floor(Math.random() * choice.length)];
  if (!picked) throw new Error('nothing to pick from');
  return picked;
}

function cutBySize(rows: OutboxRow[]): OutboxRow[][] {
  const batches: OutboxRow[][] = [];
  let bytes = Infinity;
  for (const row of rows) {
    const size = bytesOf(row);
    if (bytes + size > mostBytesPerCall) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(row);
    bytes += size;
  }
  return batches;
}
