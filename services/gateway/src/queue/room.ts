import type { Room } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { z } from 'zod';
import { isoTime } from '../http/answers.ts';
import { shownId, shownInstant } from '../http/fields.ts';

export const roomSchema = z
  .object({
    concertId: shownId,
    opensAt: shownInstant,
    drawCommitment: z.string().meta({ description: 'SHA-256 of the seed that draws the places; known from the start.' }),
    drawSeed: z.string().optional().meta({ description: 'Known after the draw, so that anybody can repeat it.' }),
    joined: z.int().meta({ description: 'How many places were taken.' }),
    serving: z.int().meta({ description: 'The last place that was let in.' }),
    soldOut: z.boolean(),
  })
  .meta({ id: 'Room', description: 'A waiting room as everybody sees it.' });

export const managedRoomSchema = roomSchema
  .extend({
    capacity: z.int().meta({ description: 'How many people may shop at once.' }),
    paused: z.boolean(),
    passTtlSeconds: z.int(),
    tail: z.int().meta({ description: 'The last place that was taken.' }),
    active: z.int().meta({ description: 'How many passes are live.' }),
    noShowRate: z.number().meta({ description: 'The share of expired passes that did not end in a payment, 0 to 1.' }),
  })
  .meta({ id: 'ManagedRoom', description: 'A waiting room as its operators see it.' });

export function toRoom(room: Room): z.output<typeof roomSchema> {
  const { concertId, drawCommitment, drawSeed, joined, serving, soldOut } = room;
  return {
    concertId,
    opensAt: isoTime(room.opensAt),
    drawCommitment,
    ...(drawSeed !== undefined && { drawSeed }),
    joined,
    serving,
    soldOut,
  };
}

export function toManagedRoom(room: Room): z.output<typeof managedRoomSchema> {
  const { capacity, paused, passTtlSeconds, joined, active, noShowRate } = room;
  return { ...toRoom(room), capacity, paused, passTtlSeconds, tail: joined, active, noShowRate };
}
