import type { Message } from '@bufbuild/protobuf';
import { type QueueToken, TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { z } from 'zod';
import { isoTime, oneOf } from '../http/answers.ts';
import { shownId, shownInstant } from '../http/fields.ts';
import { roomState, toRoomState } from './room-state.ts';

const statuses = ['PRE_OPEN', 'WAITING', 'ACTIVE', 'EXPIRED', 'SOLD_OUT'] as const;

export const queueTokenSchema = z
  .object({
    concertId: shownId,
    status: z.enum(statuses),
    roomState,
    joinNumber: z
      .int()
      .meta({ description: 'The number in the order of joining; it stays until the draw, which turns it into the position.' }),
    position: z.int().meta({ description: 'The place in the room, from 1; it never changes. 0 until the places are drawn.' }),
    ahead: z.int().meta({ description: 'How many people are let in before this one.' }),
    etaSeconds: z.int(),
    pollAfterMs: z.int().meta({ description: 'How long to wait before asking again.' }),
    pass: z.string().optional().meta({ description: 'Only while ACTIVE; send it as X-Queue-Pass.' }),
    passExpiresAt: shownInstant.optional(),
  })
  .meta({ id: 'QueueToken', description: 'A place in a waiting room.' });

export type ShownToken = z.output<typeof queueTokenSchema>;

export function toQueueToken(token: Omit<QueueToken, keyof Message | 'epoch' | 'departures'>): ShownToken {
  const { concertId, joinNumber, position, ahead, etaSeconds, pollAfterMs, pass, passExpiresAt } = token;
  return {
    concertId,
    status: oneOf(statuses, TokenStatus[token.status]),
    roomState: toRoomState(token.roomState),
    joinNumber,
    position,
    ahead,
    etaSeconds,
    pollAfterMs,
    ...(pass !== undefined && { pass }),
    ...(passExpiresAt && { passExpiresAt: isoTime(passExpiresAt) }),
  };
}
