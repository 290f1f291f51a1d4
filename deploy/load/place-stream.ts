import { Client, type Dispatcher } from 'undici';
import { tokenShape } from '../local/client/shapes.ts';
import type { Step } from './event-delays.ts';

const eventShape = tokenShape.pick({ status: true, position: true, ahead: true });

/** An open stream of somebody's place in a waiting room. */
export interface PlaceStream {
  /** What its events said of the line. */
  told: Step[];
  /** Why it is over; undefined while it is open. */
  ended: string | undefined;
  close: () => Promise<void>;
}

/** Opens the stream of a person who waits. Resolves at its first event, rejects when there is none. */
export function openPlaceStream(url: string, concertId: string, headers: Readonly<Record<string, string>>): Promise<PlaceStream> {
  const client = new Client(url, { headersTimeout: 60_000, bodyTimeout: 0 });
  const stream: PlaceStream = { told: [], ended: undefined, close: () => client.destroy() };
  return new Promise((resolve, reject) => {
    const end = (why: string): void => {
      stream.ended ??= why;
      reject(new Error(`a stream has ended: ${stream.ended}`));
    };
    const take = (event: string): void => {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data === undefined) return;
      const { status, position, ahead } = eventShape.parse(JSON.parse(data));
      if (status !== 'WAITING') end(`it tells ${status}`);
      // Nobody in this line leaves or comes back to the front: a lower place that is not ahead was called.
      stream.told.push({ serving: position - ahead - 1, at: performance.now() });
      resolve(stream);
    };
    client.dispatch({ method: 'GET', path: `/api/v1/queue/tokens/${concertId}/events`, headers: { ...headers } }, readEvents(take, end));
  });
}

function readEvents(take: (event: string) => void, end: (why: string) => void): Dispatcher.DispatchHandler {
  let rest = '';
  return {
    onRequestStart: () => undefined,
    onResponseStart: (_controller, status) => {
      if (status !== 200) end(`it was answered ${status}`);
    },
    onResponseData: (_controller, chunk) => {
      const events = `${rest}${chunk.toString('utf8')}`.split('\n\n');
      rest = events.pop() ?? '';
      events.forEach(take);
    },
    onResponseEnd: () => end('the gateway ended it'),
    onResponseError: (_controller, error) => end(error.message),
  };
}
