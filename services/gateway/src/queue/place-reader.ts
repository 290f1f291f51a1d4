import type { Client } from '@connectrpc/connect';
import { createMicroBatcher } from '@ticketing/common/micro-batcher';
import type { GetQueueTokenResponse, QueueService } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';

/** Says where a person stands, or why not. */
export type PlaceReader = (concertId: string, userId: string) => Promise<GetQueueTokenResponse['result']>;

const usersPerCall = 500;
const patienceMs = 1_000;

/**
 * Asks the queue for everybody who asks. Whoever comes while it is being asked about a room shares the next call, so that the price of a
 * poll falls as their number grows; without load nobody waits. An instance of the queue that hangs holds up only those who are asked for.
 */
export function createPlaceReader(queue: Pick<Client<typeof QueueService>, 'getQueueToken' | 'getQueueTokens'>): PlaceReader {
  const askTogether = async (concertId: string, userIds: string[]) => {
    const { items } = await queue.getQueueTokens({ concertId, userIds: [...new Set(userIds)] });
    const tokens = new Map(items.map(({ userId, token }) => [userId, token]));
    return userIds.map((userId) => ({ token: tokens.get(userId) }));
  };
  const ask = createMicroBatcher({ limit: usersPerCall, patienceMs }, askTogether);
  return async (concertId, userId) => {
    const { token } = await ask(concertId, userId);
    // Only the single question tells why there is none.
    return token ? { case: 'token', value: token } : (await queue.getQueueToken({ concertId, userId })).result;
  };
}
