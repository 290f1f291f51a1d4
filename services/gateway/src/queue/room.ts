import type { Room } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { z } from 'zod';
import { isoTime } from '../http/answers.ts';
import { shownId, shownInstant } from '../http/fields.ts';
import { roomState, toRoomState } from './room-state.ts';

export const roomSchema = z
  .object({
    concertId: shownId,
    state: roomState,
    opensAt: shownInstant,
    drawCommitment: z.string().meta({ description: 'SHA-256 of the seed that draws the places; known from the start.' }),
    drawSeed: z.string().optional().meta({ description: 'Known after the draw, so that anybody can repeat it.' }),
    drawSize: z.int().optional().meta({ description: 'How many people were drawn; people who joined later come behind them.' }),
    joined: z.int().meta({ description: 'How many people have joined and not left.' }),
    serving: z.int().meta({ description: 'The last place that was called.' }),
    soldOut: z.boolean(),
  })
  .meta({ id: 'Room', description: 'A waiting room, as anyone may see it.' });

export const managedRoomSchema = roomSchema
  .extend({
    capacity: z.int().meta({ description: 'How many people may shop at once.' }),
    paused: z.boolean(),
    closed: z.boolean(),
    passTtlSeconds: z.int(),
    tail: z.int().meta({ description: 'The last place of the line.' }),
    waiting: z.int().meta({ description: 'How many have not been called, or wait at the front.' }),
    called: z.int().meta({ description: 'How many may take their pass and have not come yet.' }),
    active: z.int().meta({ description: 'How many passes are live; never more than the capacity.' }),
    releasedPerSecond: z.number().meta({ description: 'Smoothed over about a minute.' }),
    noShowRate: z.number().meta({ description: 'The smoothed share of calls that are missed, 0 to 1.' }),
  })
  .meta({ id: 'ManagedRoom', description: 'A waiting room as its operators see it.' });

export function toRoom(room: Room): z.output<typeof roomSchema> {
  const { concertId, drawCommitment, drawSeed, drawSize, joined, serving, soldOut } = room;
  return {
    concertId,
    state: toRoomState(room.state),
    opensAt: isoTime(room.opensAt),
    drawCommitment,
    ...(drawSeed !== undefined && { drawSeed }),
    ...(drawSize !== undefined && { drawSize }),
    joined,
    serving,
    soldOut,
  };
}

export function toManagedRoom(room: Room): z.output<typeof managedRoomSchema> {
  const { capacity, paused, closed, passTtlSeconds, tail, waiting, called, active, releasedPerSecond, noShowRate } = room;
  return {
    ...toRoom(room),
    ...{ capacity, paused, closed, passTtlSeconds },
    ...{ tail, waiting, called, active, releasedPerSecond, noShowRate },
  };
}
