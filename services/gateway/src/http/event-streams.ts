import { observeGauge } from '@ticketing/common/telemetry';
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

/** Whose streams are counted together. */
export interface StreamOwner {
  userId: string;
  /** A client's network. */
  address: string;
}

export interface EventStreams {
  /** Begins a stream, unless its client has gone already. @returns a problem when there are too many already */
  open: (request: Request, response: Response, owner: StreamOwner, begin: OpenStream) => Problem | undefined;
  /** Ends all of them, so that the process can stop. */
  closeAll: () => void;
}

export interface StreamLimits {
  /** In this process. */
  mostStreams: number;
  mostPerUser: number;
  mostPerAddress: number;
}

const heartbeatMs = 15_000;
// A client that has taken nothing for so many heartbeats has stopped reading.
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
export function createEventStreams({ mostStreams, mostPerUser, mostPerAddress }: StreamLimits): EventStreams {
  const open = new Set<() => void>();
  const byUser = createTally();
  const byAddress = createTally();
  observeGauge('ticketing_event_streams_open', 'Event streams that are open in this instance', () => open.size);

  const refusal = ({ userId, address }: StreamOwner): Problem | undefined => {
    if (open.size >= mostStreams) return problem('temporarily-unavailable', { detail: 'Too many people watch; ask from time to time.' });
    if (byUser.of(userId) >= mostPerUser) return problem('rate-limited', { detail: 'You watch in too many places.' });
    if (byAddress.of(address) >= mostPerAddress) return problem('rate-limited', { detail: 'Too many people watch from your address.' });
    return undefined;
  };

  return {
    open: (request, response, owner, begin) => {
      // Whoever left while their answer was made has left for good: nothing will say so again.
      if (response.closed || request.socket.destroyed) return undefined;
      const refused = refusal(owner);
      if (refused) return refused;
      response.status(200).set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      // Without chunks the answer ends with its connection, and each event is one write.
      response.removeHeader('transfer-encoding');
      if (request.method === 'HEAD') {
        response.end();
        return undefined;
      }
      const stream = createStream(request, response, begin);
      open.add(stream.end);
      byUser.add(owner.userId, 1);
      byAddress.add(owner.address, 1);
      whenGone(request, response, () => {
        stream.stop();
        open.delete(stream.end);
        byUser.add(owner.userId, -1);
        byAddress.add(owner.address, -1);
      });
      stream.start();
      // What the client asked with is not needed any more, and would be kept for as long as it listens.
      request.rawHeaders = [];
      request.headers = {};
      return undefined;
    },
    closeAll: () => {
      for (const end of open) end();
    },
  };
}

interface Tally {
  of: (name: string) => number;
  add: (name: string, change: number) => void;
}

/** Counts by name; what is at nought is forgotten. */
function createTally(): Tally {
  const counts = new Map<string, number>();
  const of = (name: string): number => counts.get(name) ?? 0;
  const add = (name: string, change: number): void => {
    const left = of(name) + change;
    if (left > 0) counts.set(name, left);
    else counts.delete(name);
  };
  return { of, add };
}

/** Runs once, when the answer is over or its connection is: an answer that waits behind another one on its connection is told nothing. */
function whenGone({ socket }: Request, response: Response, work: () => void): void {
  const gone = (): void => {
    socket.off('close', gone);
    response.off('close', gone);
    work();
  };
  socket.once('close', gone);
  response.once('close', gone);
}

interface Stream {
  start: () => void;
  /** Says no more; the answer ends when its client has read what it was sent. */
  end: () => void;
  /** Lets go of everything; the client has gone. */
  stop: () => void;
}

/** Tells one client, never faster than it reads. */
function createStream(request: Request, response: Response, begin: OpenStream): Stream {
  let rest: Uint8Array = nothing;
  let stuckBeats = 0;
  let ended = false;
  const timers: NodeJS.Timeout[] = [];
  // Not the answer alone: while it waits behind another one, only its connection can be ended.
  const cut = (): void => {
    request.socket.destroy();
  };
  const write = (bytes: string | Uint8Array): void => {
    response.write(bytes, (error) => {
      if (error) cut();
      else stuckBeats = 0;
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
    feed.stop();
    response.end();
  };
  const beat = (): void => {
    if (!ended && response.writableLength === 0) write(': still here\n\n');
    else if (++stuckBeats > mostStuckBeats) cut();
  };
  const feed = begin({ lastEventId: request.get('last-event-id'), wake: flow, end });
  return {
    start: () => {
      // Heartbeats go on after the end: a connection whose client does not read would stay.
      timers.push(setInterval(beat, heartbeatMs), setTimeout(end, longestStreamMs));
      response.on('drain', flow);
      response.on('error', cut);
      const retryMs = Math.round(reconnectMs.soonest + Math.random() * (reconnectMs.latest - reconnectMs.soonest));
      // As bytes, so that the head goes out by itself and V8 keeps it as one string instead of its dozens of parts.
      write(Buffer.from(`retry: ${retryMs}\n\n`));
      flow();
    },
    end,
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      end();
    },
  };
}
