import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import { newId } from '@ticketing/common/database';
import { isRefusal } from '@ticketing/common/refusal';
import { testEnvironment } from '@ticketing/common/testing/test-stack';
import { ActorSchema } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import type { ConcertService } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import {
  GetQueueTokenRequestSchema,
  JoinQueueRequestSchema,
  LeaveQueueRequestSchema,
  type QueueTokenSchema,
  TokenStatus,
} from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { visitRooms } from '../admission/releaser.ts';
import { readConfig } from '../config.ts';
import { type Context, createContext } from '../context.ts';
import { getQueueToken } from '../places/get-queue-token.ts';
import { joinQueue } from '../places/join-queue.ts';
import { leaveQueue } from '../places/leave-queue.ts';

/** The service's own context on the real parts of the test stack, one per instance that a test wants. */
export function createTestContext(instance: string): Promise<Context> {
  return createContext(readConfig({ ...testEnvironment('queue'), INSTANCE_ID: `queue-${instance}` }));
}

/** An open room of a concert that nobody knows, so that no seats bound it. @returns the concert's id */
export async function openRoom(ctx: Context, change: { capacity?: number; passTtlSeconds?: number } = {}): Promise<string> {
  const concertId = newId();
  await ctx.rooms.create(concertId, Date.now() - 60_000);
  const room = await ctx.rooms.update(concertId, change);
  if (isRefusal(room)) throw new Error(`refused: ${room.code}`);
  return concertId;
}

export const testOrganiser = create(ActorSchema, { userId: newId(), operator: true });

/** A concert that the concert service knows. @returns its id */
export async function addConcert(concerts: Client<typeof ConcertService>, saleOpensAt: number): Promise<string> {
  const { result } = await concerts.createConcert({
    actor: testOrganiser,
    title: 'The last night',
    artist: 'The Ending',
    description: '',
    venueName: '테스트 홀',
    venueCity: '수원',
    venueTimeZone: 'Asia/Seoul',
    saleOpensAt: timestampFromMs(saleOpensAt),
  });
  if (result.case !== 'concert') throw new Error(`refused: ${result.value?.code ?? ''}`);
  return result.value.id;
}

export function newPeople(count: number): string[] {
  return Array.from({ length: count }, newId);
}

/** What the gateway is told about a person's place. */
export interface Told {
  status: TokenStatus;
  position: number;
  ahead: number;
  pass?: string | undefined;
}

/** Joins as the gateway would. @throws when it is refused */
export async function join(ctx: Context, concertId: string, userId: string): Promise<Told & { created: boolean }> {
  const { result, created = false } = await joinQueue(ctx, create(JoinQueueRequestSchema, { concertId, userId }));
  if (result?.case !== 'token') throw new Error(`refused: ${result?.value?.code ?? ''}`);
  return { ...told(result.value), created };
}

/** Asks for a place as the gateway would: the place, or the code of the refusal. */
export async function look(ctx: Context, concertId: string, userId: string): Promise<Told | string> {
  const { result } = await getQueueToken(ctx, create(GetQueueTokenRequestSchema, { concertId, userId }));
  if (result?.case === 'token') return told(result.value);
  return result?.value?.code ?? '';
}

/** Leaves as the gateway would: the code of the refusal, or nothing. */
export async function leave(ctx: Context, concertId: string, userId: string): Promise<string> {
  const { refusal } = await leaveQueue(ctx, create(LeaveQueueRequestSchema, { concertId, userId }));
  return refusal?.code ?? '';
}

function told({ status, position, ahead, pass }: MessageInitShape<typeof QueueTokenSchema>): Told {
  return { status: status ?? TokenStatus.UNSPECIFIED, position: position ?? 0, ahead: ahead ?? 0, pass };
}

/** How many of these people are let in at this moment. */
export async function countActive(ctx: Context, concertId: string, userIds: string[]): Promise<number> {
  const answers = await Promise.all(userIds.map((userId) => look(ctx, concertId, userId)));
  return answers.filter((answer) => typeof answer === 'object' && answer.status === TokenStatus.ACTIVE).length;
}

/** One turn of the releaser for this room alone, beside those of the instances. */
export async function releaseRoomNow(ctx: Context, concertId: string): Promise<void> {
  await visitRooms({ ...ctx, store: ctx.sidecar }, [concertId]);
}
