import { type IndexShard, indexShards, type RoomIndex } from '../rooms/room-index.ts';

/** How a room was after a turn of the releaser. Times are milliseconds since 1970. */
export type Visited = {
  /** Another one whenever the line has moved. */
  line: string;
} & (
  | { kind: 'busy'; waiting: number }
  /** Nobody is to be called until the next call, pass or grace ends. */
  | { kind: 'quiet'; until: number }
  /** Nothing happens before. */
  | { kind: 'asleep'; until: number }
  /** Nothing is to be done until it is entered again. */
  | { kind: 'idle' }
);

/** When the releaser has to look at which room, as far as this instance knows. */
export interface Agenda {
  /** Takes what was entered since, by one read where nothing was. */
  refresh: () => Promise<void>;
  /** Rooms that are due, by concert: for each three of the most crowded ones, one of those that have waited longest. */
  due: (most: number) => string[];
  /** @param visited undefined when the room could not be looked at */
  note: (concertId: string, visited: Visited | undefined) => void;
  /** Takes rooms without work out of the index. */
  retire: () => Promise<void>;
}

interface Item {
  shard: number;
  mark: string;
  dueAt: number;
  /** When this instance first saw it entered, or saw its line move, in milliseconds since 1970. */
  changedAt: number;
  visitedAt: number;
  waiting: number;
  line: string;
  retires: boolean;
}

// A join may act on data that is a second old: a room whose line moved lately is looked at each turn.
const settledAfterMs = 5_000;
const quietMs = 5_000;
const quietMsPerRoom = 20;
/** A room stays entered for so long after that. Joins enter it again before, so it is never taken out beside one. */
export const enteredForMs = 60_000;
const retryMs = 2_000;
const readAllEveryMs = 300_000;
const allShards = Array.from({ length: indexShards }, (_, shard) => shard);

export function createAgenda(index: Pick<RoomIndex, 'changes' | 'read' | 'remove' | 'adopt'>, clock: () => number): Agenda {
  const items = new Map<string, Item>();
  let known: Record<string, number> = {};
  let readAllAt = -Infinity;

  return {
    refresh: async () => {
      const all = clock() - readAllAt >= readAllEveryMs;
      if (all) await index.adopt();
      const changes = await index.changes();
      const stale = all
        ? allShards
        : Object.keys(changes)
            .filter((shard) => changes[shard] !== known[shard])
            .map(Number);
      if (stale.length === 0) return;
      for (const [shard, entries] of await index.read(stale)) takeShard(items, shard, entries, clock());
      known = changes;
      if (all) readAllAt = clock();
    },
    due: (most) => {
      const now = clock();
      return inOrder(
        [...items].filter(([, { dueAt }]) => dueAt <= now),
        most,
      );
    },
    note: (concertId, visited) => {
      const item = items.get(concertId);
      if (!item) return;
      const now = clock();
      item.visitedAt = now;
      if (visited) noteVisit(item, visited, items.size, now);
      else item.dueAt = now + retryMs;
    },
    retire: async () => {
      const ended = new Map<number, IndexShard>();
      for (const [concertId, { retires, shard, mark, dueAt }] of items)
        if (retires) ended.set(shard, { ...ended.get(shard), [concertId]: { mark, dueAt } });
      for (const [shard, entries] of ended) takeShard(items, shard, await index.remove(shard, entries), clock());
    },
  };
}

/** Replaces what is known of a shard; a room that was entered again is looked at as if its line had moved. */
function takeShard(items: Map<string, Item>, shard: number, entries: IndexShard, now: number): void {
  for (const [concertId, item] of items) if (item.shard === shard && !entries[concertId]) items.delete(concertId);
  for (const [concertId, { mark, dueAt }] of Object.entries(entries)) {
    const item = items.get(concertId);
    if (item?.mark === mark) continue;
    const { waiting, line, visitedAt } = item ?? { waiting: 0, line: '', visitedAt: 0 };
    items.set(concertId, { shard, mark, dueAt, changedAt: now, visitedAt, waiting, line, retires: false });
  }
}

function inOrder(due: [string, Item][], most: number): string[] {
  const crowded = due.filter(([, { waiting }]) => waiting > 0).sort(([, a], [, b]) => b.waiting - a.waiting);
  const longest = due.toSorted(([, a], [, b]) => a.visitedAt - b.visitedAt);
  const chosen = new Set<string>();
  for (let row = 0; chosen.size < Math.min(most, due.length); row += 1)
    for (const [concertId] of [...crowded.slice(3 * row, 3 * row + 3), ...longest.slice(row, row + 1)]) chosen.add(concertId);
  return [...chosen].slice(0, most);
}

/** What a visit says of when to look at a room again. @param rooms how many there are */
function noteVisit(item: Item, visited: Visited, rooms: number, now: number): void {
  if (visited.line !== item.line) item.changedAt = now;
  item.line = visited.line;
  item.waiting = visited.kind === 'busy' ? visited.waiting : 0;
  item.retires = visited.kind === 'idle' && now - item.changedAt >= enteredForMs;
  if (visited.kind === 'asleep') item.dueAt = visited.until;
  else if (visited.kind === 'busy' || now - item.changedAt < settledAfterMs) item.dueAt = now;
  else if (visited.kind === 'idle') item.dueAt = item.changedAt + enteredForMs;
  else item.dueAt = Math.min(visited.until, now + Math.max(quietMs, rooms * quietMsPerRoom));
}
