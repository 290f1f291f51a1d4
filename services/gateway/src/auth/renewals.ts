import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import type { Logger } from '@ticketing/common/log';
import { sideCallMs } from '@ticketing/common/rpc-client';
import type { UserService } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Request } from 'express';
import { LRUCache } from 'lru-cache';
import type { User } from './access-tokens.ts';
import { sessionCookie } from './session-cookie.ts';

/** New cookies for browser sessions whose token has less than half of its life left. */
export interface Renewals {
  /** Asks for one beside the request's own work, where it is time. */
  begin: (request: Request, user: User) => void;
  /** The cookie that the answer to a request takes along, once it is there; undefined where none was asked for. */
  of: (request: Request) => Promise<string | undefined> | undefined;
}

// Requests that are sent before the browser has the new cookie get the same one; where none could be had, that is tried again.
const keptMs = 10_000;
const sessionsKept = 10_000;

export function createRenewals({ user, log }: { user: Pick<Client<typeof UserService>, 'refreshSession'>; log: Logger }): Renewals {
  const bySession = new LRUCache<string, Promise<string | undefined>>({ max: sessionsKept, ttl: keptMs });
  const byRequest = new WeakMap<Request, Promise<string | undefined>>();

  const renew = async (userId: string, sessionId: string): Promise<string | undefined> => {
    try {
      const { result } = await user.refreshSession({ userId, sessionId }, { timeoutMs: sideCallMs });
      if (result.case !== 'session' || !result.value.expiresAt) return undefined;
      return sessionCookie(result.value.accessToken, timestampDate(result.value.expiresAt));
    } catch (error) {
      log.debug({ err: error }, 'the session was not renewed; the token that it has is good for some time');
      return undefined;
    }
  };

  return {
    begin: (request, { id, sessionId, renewAt }) => {
      if (sessionId === undefined || Date.now() < renewAt) return;
      const cookie = bySession.get(sessionId) ?? renew(id, sessionId);
      if (!bySession.has(sessionId)) bySession.set(sessionId, cookie);
      byRequest.set(request, cookie);
    },
    of: (request) => byRequest.get(request),
  };
}
