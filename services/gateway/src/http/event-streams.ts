import type { Request, Response } from 'express';
import { type Problem, problem } from './problems.ts';

/** A server-sent event. A client that lost its connection sends the id of the last one as Last-Event-ID. */
export interface StreamEvent {
  id: string;
  data: unknown;
}

/** Who listens to a stream. */
export interface Listener {
  /** The id of the last event that the client has seen before; undefined at the first connection. */
  lastEventId: string | undefined;
  send: (event: StreamEvent) => void;
  /** Ends the stream; the client may come again. */
  end: () => void;
}

/** Begins to tell a listener, and returns what stops it. */
export type OpenStream = (listener: Listener) => () => void;

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
// After this the client comes again, with a token that is good then.
const longestStreamMs = 15 * 60_000;
const reconnectAfterMs = 1_000;
// A client that does not read must not fill the memory.
const mostUnreadBytes = 256 * 1_024;

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
      response.write(`retry: ${reconnectAfterMs}\n\n`);
      const write = (text: string): void => {
        if (response.writableLength > mostUnreadBytes) response.destroy();
        else response.write(text);
      };
      const end = (): void => {
        response.end();
      };
      open.add(end);
      count(owner, 1);
      const heartbeat = setInterval(() => write(': still here\n\n'), heartbeatMs);
      const lifetime = setTimeout(end, longestStreamMs);
      const send = ({ id, data }: StreamEvent): void => write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
      const stop = begin({ lastEventId: request.get('last-event-id'), send, end });
      response.once('close', () => {
        clearInterval(heartbeat);
        clearTimeout(lifetime);
        open.delete(end);
        count(owner, -1);
        stop();
      });
      return undefined;
    },
    closeAll: () => {
      for (const end of open) end();
    },
  };
}
