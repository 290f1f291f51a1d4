import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import type { Logger } from '@ticketing/common/log';
import type { GetSalesResponse, SalesService } from '@ticketing/contracts/gen/ticketing/reservation/v1/sales_pb';
import { type Feed, type Listener, streamEvent } from '../http/event-streams.ts';
import { toSales } from './sales.ts';

/** Counts what is sold on behalf of everybody who watches: one call a second for each concert, however many watch. */
export interface SalesWatcher {
  watch: (concertId: string, listener: Listener) => Feed;
}

interface Watched {
  concertId: string;
  listeners: Set<Listener>;
  /** When the last figures were counted, by the clock of the database. */
  readAt: number;
  /** Made once for all who are told. */
  event: Uint8Array | undefined;
}

const lookEveryMs = 1_000;
// What seems much older was read after the database's clock had been set back.
const oldestAnswerMs = 10_000;

export function createSalesWatcher(sales: Pick<Client<typeof SalesService>, 'getSales'>, log: Logger): SalesWatcher {
  const watched = new Map<string, Watched>();
  const busy = new Set<string>();

  const look = (known: Watched): void => {
    const { concertId } = known;
    if (busy.has(concertId)) return;
    busy.add(concertId);
    sales
      .getSales({ concertId })
      .then((answer) => take(known, answer))
      .catch((error: unknown) => log.debug({ err: error, concertId }, 'the sales could not be counted; tried again'))
      .finally(() => busy.delete(concertId));
  };
  const lookAtAll = (): void => {
    for (const known of watched.values()) look(known);
  };
  setInterval(lookAtAll, lookEveryMs).unref();

  return {
    watch: (concertId, listener) => {
      const known = watched.get(concertId) ?? { concertId, listeners: new Set(), readAt: 0, event: undefined };
      watched.set(concertId, known);
      known.listeners.add(listener);
      if (!known.event) look(known);
      let told: Uint8Array | undefined;
      return {
        next: () => {
          if (known.event === told) return undefined;
          told = known.event;
          return told;
        },
        stop: () => {
          known.listeners.delete(listener);
          if (known.listeners.size === 0 && watched.get(concertId) === known) watched.delete(concertId);
        },
      };
    },
  };
}

/** Takes what an instance answered; one that counted earlier than another must not bring older figures back. */
function take(known: Watched, answer: GetSalesResponse): void {
  const readAt = answer.readAt ? timestampMs(answer.readAt) : 0;
  if (readAt === known.readAt || (readAt < known.readAt && known.readAt - readAt < oldestAnswerMs)) return;
  known.readAt = readAt;
  known.event = streamEvent(String(readAt), toSales(known.concertId, answer));
  for (const { wake } of known.listeners) wake();
}
