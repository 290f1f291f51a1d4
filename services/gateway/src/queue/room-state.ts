import { RoomState } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { z } from 'zod';
import { oneOf } from '../http/answers.ts';

const states = ['PRE_OPEN', 'OPEN', 'PAUSED', 'CLOSED'] as const;

export const roomState = z.enum(states).meta({ description: 'The state of the room: people are let in only while it is OPEN.' });

export function toRoomState(state: RoomState): z.output<typeof roomState> {
  return oneOf(states, RoomState[state]);
}
