import type { Request, Response } from 'express';
import { type Problem, problem } from './problems.ts';

/** Who listens to a stream. */
export interface Listener {
  /** The id of the last event that the client has seen before; undefined at the first connection. */
  lastEventId: string | undefined;
  /** Says that there is something new. What it is will be asked for when the client has read what it was sent before. */
  wake: () => void;
  /** Ends the stream; the client may come again. */
  end: () => void;
}

/** What one listener is told. */
export interface Feed {
  /** The event that leads from what was told before to the present state, as `streamEvent` makes it; undefined for nothing new. */
  next: () => Uint8Array | undefined;
  stop: () => void;
}

/** Begins to tell a listener; wakes it or ends the stream only after that. */
export type OpenStream = (listener: Listener) => Feed;

export interface EventStreams {
  /** @param owner whose streams are counted together, for example a user id @returns a problem when there are too many already */
  open: (request: Request, response: Response, owner: string, begin: OpenStream) => Problem | undefined;
  /** Ends all of them, so that the process can stop. */
  closeAll: () => void;
}

export interface StreamLimits {
  /** In this process. */
  mostStreams: number;
  mostPerOwner: number;
}

const heartbeatMs = 15_000;
// Whoever has not taken a piece in so many heartbeats does not read any more.
const mostStuckBeats = 4;
// After this the client comes again, with a token that is good then.
const longestStreamMs = 15 * 60_000;
// Whose streams end together do not come again together.
const reconnectMs = { soonest: 1_000, latest: 5_000 };
// Long events go out in pieces, by which a slow client is seen to read.
const pieceBytes = 16 * 1_024;
const nothing = new Uint8Array();

/**
 * A server-sent event as it goes over the wire; made once, it can be told to any number of listeners.
 * @param id what a client that lost its connection sends as Last-Event-ID
 */
export function streamEvent(id: string, data: unknown): Uint8Array {
  return Buffer.from(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Keeps the open event streams of this process, within bounds. */
export function createEventStreams({ mostStreams, mostPerOwner }: StreamLimits): EventStreams {
  const open = new Set<() => void>();
  const byOwner = new Map<string, number>();

  const count = (owner: string, change: number): void => {
    const left = (byOwner.get(owner) ?? 0) + change;
    if (left > 0) byOwner.set(owner, left);
    else byOwner.delete(owner);
  };

  return {
    open: (request, response, owner, begin) => {
      if (open.size >= mostStreams) return problem('temporarily-unavailable', { detail: 'Too many people watch; ask from time to time.' });
      if ((byOwner.get(owner) ?? 0) >= mostPerOwner) return problem('rate-limited', { detail: 'You watch in too many places.' });
      response.status(200).set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      if (request.method === 'HEAD') {
        response.end();
        return undefined;
      }
      const end = tell(response, request.get('last-event-id'), begin);
      open.add(end);
      count(owner, 1);
      response.once('close', () => {
        open.delete(end);
        count(owner, -1);
      });
      return undefined;
    },
    closeAll: () => {
      for (const end of open) end();
    },
  };
}

/** Tells one client, never faster than it reads. @returns ends the stream */
function tell(response: Response, lastEventId: string | undefined, begin: OpenStream): () => void {
  let rest: Uint8Array = nothing;
  let stuckBeats = 0;
  let ended = false;
  const write = (bytes: string | Uint8Array): void => {
    response.write(bytes, () => {
      stuckBeats = 0;
    });
  };
  const flow = (): void => {
    while (!ended && !response.writableNeedDrain) {
      if (rest.length === 0) rest = feed.next() ?? nothing;
      if (rest.length === 0) return;
      write(rest.subarray(0, pieceBytes));
      rest = rest.subarray(pieceBytes);
    }
  };
  const end = (): void => {
    if (ended) return;
    ended = true;
    clearTimeout(lifetime);
    feed.stop();
    response.end();
  };
  const beat = (): void => {
    if (!ended && response.writableLength === 0) write(': still here\n\n');
    else if (++stuckBeats > mostStuckBeats) response.destroy();
  };
  // They go on after the end: a connection whose client does not read would stay.
  const heartbeats = setInterval(beat, heartbeatMs);
  const lifetime = setTimeout(end, longestStreamMs);
  response.on('drain', flow);
  response.on('error', () => response.destroy());
  response.once('close', () => {
    clearInterval(heartbeats);
    end();
  });
  write(`retry: ${Math.round(reconnectMs.soonest + Math.random() * (reconnectMs.latest - reconnectMs.soonest))}\n\n`);
  const feed = begin({ lastEventId, wake: flow, end });
  flow();
  return end;
}
