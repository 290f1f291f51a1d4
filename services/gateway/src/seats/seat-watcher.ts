import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import type { Logger } from '@ticketing/common/log';
import { type ReservationService, type SeatChanges, SeatStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { type Feed, type Listener, streamEvent } from '../http/event-streams.ts';

export const seatStatuses = ['AVAILABLE', 'HELD', 'SOLD'] as const;
type Status = (typeof seatStatuses)[number];

/** What a client that follows a seat map is told. */
interface SeatNews {
  performanceId: string;
  version: number;
  complete: boolean;
  seats: { id: string; status: Status }[];
}

/** Looks at seat maps on behalf of everybody who follows them: two small calls a second for each performance, however many follow. */
export interface SeatWatcher {
  /** Asks for a performance, unless somebody follows it already. */
  look: (performanceId: string) => Promise<Look | Refused>;
  /** @param seen what `look` answered just before */
  watch: (performanceId: string, seen: Look, listener: Listener) => Feed;
}

/** What is known of a performance before somebody follows it; no seats where they are known already. */
interface Look {
  concertId: string;
  seats: SeatChanges | undefined;
}

type Reservations = Pick<Client<typeof ReservationService>, 'getSeatChanges'>;
type Refused = Exclude<Awaited<ReturnType<Reservations['getSeatChanges']>>['result'], { case: 'changes' }>;

interface Watched {
  performanceId: string;
  concertId: string;
  etag: string;
  version: number;
  readAt: number;
  /** How many states there have been; 0 before the first. */
  step: number;
  /** By seat id; `step` is when its status was new. */
  seats: Map<string, { status: Status; step: number }>;
  listeners: Set<Listener>;
  /** What leads to the present state, by the step that it leads from. */
  events: Map<number, Uint8Array>;
}

const lookEveryMs = 500;
// An instance keeps what it has read for half a second. What seems much older was read after the database's clock had been set back.
const oldestAnswerMs = 10_000;
const statusOf: Readonly<Record<number, Status>> = {
  [SeatStatus.AVAILABLE]: 'AVAILABLE',
  [SeatStatus.HELD]: 'HELD',
  [SeatStatus.SOLD]: 'SOLD',
};

/** @param reservations the service that knows the seats */
export function createSeatWatcher(reservations: Reservations, log: Logger): SeatWatcher {
  const watched = new Map<string, Watched>();
  const busy = new Set<string>();

  const lookAgain = async (performanceId: string, known: Watched): Promise<void> => {
    const base = known.etag;
    const { result } = await reservations.getSeatChanges({ performanceId, etag: base });
    // Changes that begin at another state than the present one would lead to none that there ever was.
    if (result.case === 'changes' && (result.value.complete || known.etag === base)) take(known, result.value);
    if (result.case === 'refusal') for (const { end } of known.listeners) end();
  };
  const lookAtAll = (): void => {
    for (const [performanceId, known] of watched) {
      if (busy.has(performanceId)) continue;
      busy.add(performanceId);
      lookAgain(performanceId, known)
        .catch((error: unknown) => log.debug({ err: error, performanceId }, 'the seats could not be looked at; tried again'))
        .finally(() => busy.delete(performanceId));
    }
  };
  setInterval(lookAtAll, lookEveryMs).unref();

  return {
    look: async (performanceId) => {
      const known = watched.get(performanceId);
      if (known) return { concertId: known.concertId, seats: undefined };
      const { result } = await reservations.getSeatChanges({ performanceId, etag: '' });
      return result.case === 'changes' ? { concertId: result.value.concertId, seats: result.value } : result;
    },
    watch: (performanceId, { concertId, seats }, listener) => {
      const known = watched.get(performanceId) ?? newlyWatched(performanceId, concertId);
      if (seats) take(known, seats);
      // The last one who followed has just left, and with it what was known. The client comes again.
      if (known.step === 0) return endAtOnce(listener);
      watched.set(performanceId, known);
      known.listeners.add(listener);
      const stop = (): void => {
        known.listeners.delete(listener);
        if (known.listeners.size === 0 && watched.get(performanceId) === known) watched.delete(performanceId);
      };
      return { next: followFrom(known, listener.lastEventId), stop };
    },
  };
}

/** @returns what a client is told next; it may be asked late, and then leads over all that has been meanwhile */
function followFrom(known: Watched, lastEventId: string | undefined): Feed['next'] {
  let told = lastEventId === idOf(known) ? known.step : 0;
  return () => {
    if (told === known.step) return undefined;
    const event = eventFrom(known, told);
    told = known.step;
    return event;
  };
}

function endAtOnce({ end }: Listener): Feed {
  const next = (): undefined => {
    end();
  };
  return { next, stop: () => undefined };
}

function newlyWatched(performanceId: string, concertId: string): Watched {
  const nothing = { etag: '', version: 0, readAt: 0, step: 0 };
  return { performanceId, concertId, ...nothing, seats: new Map(), listeners: new Set(), events: new Map() };
}

/** Takes what an instance answered, and wakes everybody when there is something new in it. */
function take(known: Watched, { etag, version, changes, readAt: timestamp }: SeatChanges): void {
  const readAt = timestamp ? timestampMs(timestamp) : 0;
  // Instances look at different moments; one that looked earlier must not bring an older state back.
  if (readAt < known.readAt && known.readAt - readAt < oldestAnswerMs) return;
  known.readAt = readAt;
  if (etag === known.etag) return;
  const step = known.step + 1;
  for (const { seatId, status: code } of changes) {
    const status = statusOf[code];
    if (status !== undefined && known.seats.get(seatId)?.status !== status) known.seats.set(seatId, { status, step });
  }
  Object.assign(known, { etag, version: Number(version), step });
  known.events.clear();
  for (const { wake } of known.listeners) wake();
}

/** What leads a client from an earlier step to the present one, made once for all who are there; from 0, every seat. */
function eventFrom(known: Watched, from: number): Uint8Array {
  const made = known.events.get(from);
  if (made) return made;
  const seats = [...known.seats].flatMap(([id, { status, step }]) => (step > from ? [{ id, status }] : []));
  const news: SeatNews = { performanceId: known.performanceId, version: known.version, complete: from === 0, seats };
  const event = streamEvent(idOf(known), news);
  known.events.set(from, event);
  return event;
}

function idOf({ etag }: Watched): string {
  return etag.replaceAll('"', '');
}
