import type { Client } from '@connectrpc/connect';
import type { Logger } from '@ticketing/common/log';
import { sideCallMs } from '@ticketing/common/rpc-client';
import { createTimedCache } from '@ticketing/common/timed-cache';
import type { UserService } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';

/** The name of an account; null where it is gone, or can't be had just now: somebody was let in all the same. */
export type HolderNames = (userId: string) => Promise<string | null>;

const [namesMs, remembered] = [60_000, 20_000];

export function createHolderNames(users: Pick<Client<typeof UserService>, 'getUser'>, log: Logger): HolderNames {
  const names = createTimedCache<{ name: string | null }>({
    ttlMs: namesMs,
    max: remembered,
    load: async (userId) => {
      const { result } = await users.getUser({ userId }, { timeoutMs: sideCallMs });
      return { name: result.case === 'user' ? result.value.name : null };
    },
  });
  return async (userId) => {
    try {
      return (await names.get(userId)).name;
    } catch (error) {
      log.warn({ err: error }, 'a scan was answered without a name');
      return null;
    }
  };
}
