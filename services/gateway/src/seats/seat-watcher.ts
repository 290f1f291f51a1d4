import type { Client } from '@connectrpc/connect';
import type { Logger } from '@ticketing/common/log';
import { type ReservationService, type SeatChanges, SeatStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Listener, StreamEvent } from '../http/event-streams.ts';

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
  /** @param seen what `look` answered just before @returns stops watching */
  watch: (performanceId: string, seen: Look, listener: Listener) => () => void;
}

/** What is known of a performance before somebody follows it; no seats where they are known already. */
interface Look {
  concertId: string;
  seats: SeatChanges | undefined;
}

type Reservations = Pick<Client<typeof ReservationService>, 'getSeatChanges'>;
type Refused = Exclude<Awaited<ReturnType<Reservations['getSeatChanges']>>['result'], { case: 'changes' }>;

interface Watched {
  concertId: string;
  etag: string;
  version: number;
  statuses: Map<string, Status>;
  listeners: Set<Listener>;
}

const lookEveryMs = 500;
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
    if (result.case === 'changes' && (result.value.complete || known.etag === base)) take(performanceId, known, result.value);
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
      const known = watched.get(performanceId) ?? { concertId, etag: '', version: 0, statuses: new Map(), listeners: new Set() };
      if (seats) take(performanceId, known, seats);
      if (known.etag === '') {
        // The last one who followed has just left, and with it what was known. The client comes again.
        listener.end();
        return () => undefined;
      }
      watched.set(performanceId, known);
      known.listeners.add(listener);
      if (listener.lastEventId !== idOf(known)) listener.send(everySeat(performanceId, known));
      return () => {
        known.listeners.delete(listener);
        if (known.listeners.size === 0 && watched.get(performanceId) === known) watched.delete(performanceId);
      };
    },
  };
}

/** Takes what an instance answered, and tells everybody what is new in it. */
function take(performanceId: string, known: Watched, news: SeatChanges): void {
  const version = Number(news.version);
  // Instances look at different moments; one that looked earlier must not bring an older state back.
  if (news.etag === known.etag || version < known.version) return;
  const seats = news.changes.flatMap(({ seatId, status }) => {
    const now = statusOf[status];
    return now === undefined || known.statuses.get(seatId) === now ? [] : [{ id: seatId, status: now }];
  });
  for (const { id, status } of seats) known.statuses.set(id, status);
  Object.assign(known, { etag: news.etag, version });
  const event: StreamEvent & { data: SeatNews } = { id: idOf(known), data: { performanceId, version, complete: false, seats } };
  for (const listener of known.listeners) listener.send(event);
}

function everySeat(performanceId: string, known: Watched): StreamEvent & { data: SeatNews } {
  const seats = [...known.statuses].map(([id, status]) => ({ id, status }));
  return { id: idOf(known), data: { performanceId, version: known.version, complete: true, seats } };
}

function idOf({ etag }: Watched): string {
  return etag.replaceAll('"', '');
}
