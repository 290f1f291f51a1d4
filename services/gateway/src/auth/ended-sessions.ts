import type { Client } from '@connectrpc/connect';
import type { Logger } from '@ticketing/common/log';
import { sideCallMs } from '@ticketing/common/rpc-client';
import type { UserService } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';

/** The sessions that have ended while tokens of them may be good. */
export interface EndedSessions {
  /** Whether a session has ended, at most two seconds late. */
  has: (sessionId: string) => boolean | Promise<boolean>;
  /** A session that was just ended from here. */
  add: (sessionId: string) => void;
}

const freshMs = 1_000;
const oldestMs = 2_000;
// Who has just asked in vain does not wait again.
const patientAgainMs = 5_000;
// What was ended from here is in the list by then.
const addedKeptMs = 600_000;

/**
 * Follows the user service's list of ended sessions, while anybody asks. It is read beside the requests once a second; a request that finds
 * a copy of more than two seconds waits until there is a new one. While the list can't be had, the last copy serves, and hardly anybody waits.
 */
export function createEndedSessions(options: {
  user: Pick<Client<typeof UserService>, 'listEndedSessions'>;
  log: Logger;
  now?: () => number;
}): EndedSessions {
  const { user, log, now = () => performance.now() } = options;
  const ended = createTimedSet(now);
  let mark = '';
  let readAt = Number.NEGATIVE_INFINITY;
  let isOut = false;
  let reading: Promise<void> | undefined;

  const readOn = async (): Promise<void> => {
    for (;;) {
      const { sessionIds, mark: next, hasMore, keepSeconds } = await user.listEndedSessions({ mark }, { timeoutMs: sideCallMs });
      for (const sessionId of sessionIds) ended.add(sessionId, keepSeconds * 1_000);
      mark = next;
      if (!hasMore) return;
    }
  };
  const read = async (): Promise<void> => {
    const begunAt = now();
    try {
      await readOn();
      ended.forgetOld();
      isOut = false;
      readAt = begunAt;
    } catch (error) {
      log.debug({ err: error }, 'the ended sessions are not known');
      isOut = true;
      // The next try is a second later.
      readAt = now();
    }
  };
  const refresh = (): Promise<void> => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  return {
    has: (sessionId) => {
      const age = now() - readAt;
      if (age < freshMs) return ended.has(sessionId);
      const refreshed = refresh();
      return age < (isOut ? patientAgainMs : oldestMs) ? ended.has(sessionId) : refreshed.then(() => ended.has(sessionId));
    },
    add: (sessionId) => ended.add(sessionId, addedKeptMs),
  };
}

interface TimedSet {
  has: (name: string) => boolean;
  add: (name: string, keepMs: number) => void;
  forgetOld: () => void;
}

/** Names that are known for a time, from when they were heard of last. */
function createTimedSet(now: () => number): TimedSet {
  /** Until when, in the order in which they were heard of. */
  const until = new Map<string, number>();
  return {
    has: (name) => until.has(name),
    add: (name, keepMs) => {
      const time = Math.max(until.get(name) ?? 0, now() + keepMs);
      until.delete(name);
      until.set(name, time);
    },
    forgetOld: () => {
      for (const [name, time] of until) {
        if (time > now()) return;
        until.delete(name);
      }
    },
  };
}
