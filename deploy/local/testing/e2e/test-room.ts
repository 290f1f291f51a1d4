import { setTimeout as delay } from 'node:timers/promises';
import type { MessageShape } from '@bufbuild/protobuf';
import { Sidecar } from '@ticketing/common/dapr';
import { newId } from '@ticketing/common/database';
import { InvocationFailed } from '@ticketing/common/invocation-failed';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { QueueService, type QueueTokenSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { z } from 'zod';
import { concertShape } from '../../client/shapes.ts';
import { managedRoom } from './api-shapes.ts';
import type { TestShop } from './test-shop.ts';

export type RoomToken = MessageShape<typeof QueueTokenSchema>;

/**
 * A waiting room as the gateway reaches it: through the gateway's sidecar, so that a crowd needs no accounts. A call without an
 * answer is made again, as a patient client does.
 */
export interface Room {
  concertId: string;
  join: (userId: string) => Promise<{ token: RoomToken; created: boolean }>;
  look: (userId: string) => Promise<RoomToken>;
  leave: (userId: string) => Promise<void>;
  close: () => Promise<void>;
}

const patience = 300;
const pauseMs = 100;

/** Enters the room of a concert. */
export function enterRoom({ stack }: TestShop, concertId: string): Room {
  const gateway = stack.instances.find(({ service }) => service === 'gateway');
  if (!gateway) throw new Error('the stack has no gateway');
  const sidecar = new Sidecar({ httpPort: gateway.daprHttpPort, apiToken: stack.daprApiToken });
  const queue = createRpcClient(QueueService, sidecar, 'queue');
  return {
    concertId,
    join: async (userId) => {
      const { result, created } = await patiently(() => queue.joinQueue({ concertId, userId }));
      if (result.case !== 'token') throw new Error(`joining: ${result.value?.code ?? 'no answer'}`);
      return { token: result.value, created };
    },
    look: async (userId) => {
      const { result } = await patiently(() => queue.getQueueToken({ concertId, userId }));
      if (result.case !== 'token') throw new Error(`looking: ${result.value?.code ?? 'no answer'}`);
      return result.value;
    },
    leave: async (userId) => {
      await patiently(() => queue.leaveQueue({ concertId, userId }));
    },
    close: () => sidecar.close(),
  };
}

async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let left = patience; ; left -= 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof InvocationFailed) || left === 0) throw error;
    }
    await delay(pauseMs);
  }
}

/** A concert without performances, so that no seats bound its room. @param saleOpensAt milliseconds since 1970 */
export async function newConcert({ api }: TestShop, organiser: string, saleOpensAt: number): Promise<string> {
  const concert = await api.call(concertShape, 'POST', '/admin/concerts', {
    token: organiser,
    body: {
      title: `Crowd of ${newId()}`,
      artist: 'The Waiting',
      description: 'A concert whose queue is the show.',
      venue: { name: 'Demo Hall', city: 'Seoul', timeZone: 'Asia/Seoul' },
      saleOpensAt: new Date(saleOpensAt).toISOString(),
    },
  });
  return concert.id;
}

export function changeRoom(shop: TestShop, concertId: string, body: object): Promise<z.infer<typeof managedRoom>> {
  return shop.api.call(managedRoom, 'PUT', `/admin/rooms/${concertId}`, { token: shop.operator.token, body });
}

export function managedRoomOf(shop: TestShop, concertId: string): Promise<z.infer<typeof managedRoom>> {
  return shop.api.call(managedRoom, 'GET', `/admin/rooms/${concertId}`, { token: shop.operator.token });
}

/** Does a piece of work per item, so many at a time. @returns the outcomes in the order of the items */
export async function atOnce<I, O>(most: number, items: readonly I[], work: (item: I, index: number) => Promise<O>): Promise<O[]> {
  const outcomes: O[] = [];
  let next = 0;
  const some = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) outcomes[index] = await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: most }, some));
  return outcomes;
}

export function newPeople(count: number): string[] {
  return Array.from({ length: count }, newId);
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
