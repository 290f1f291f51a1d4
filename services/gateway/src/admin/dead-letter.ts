import type { DeadLetter } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { z } from 'zod';
import { isoTime, oneOf } from '../http/answers.ts';
import { shownId, shownInstant } from '../http/fields.ts';
import { consumers } from './operators.ts';

export const letterStatuses = ['PARKED', 'REDRIVING', 'REDRIVEN', 'DISCARDED'] as const;

export const deadLetterSchema = z
  .object({
    id: shownId,
    service: z.enum(consumers).meta({ description: 'The consumer that failed to take it.' }),
    topic: z.string(),
    eventId: z.string(),
    type: z.string(),
    status: z.enum(letterStatuses),
    error: z.string().meta({ description: 'The error of the last attempt.' }),
    attempts: z.int(),
    event: z.unknown().meta({ description: 'The event as it was delivered.' }),
    headers: z.record(z.string(), z.string()),
    parkedAt: shownInstant,
    changedAt: shownInstant,
  })
  .meta({ id: 'DeadLetter', description: 'An event that a consumer could not take.' });

const headersText = z.record(z.string(), z.string());

export function toDeadLetter(letter: DeadLetter): z.output<typeof deadLetterSchema> {
  const { id, topic, eventId, type, error, attempts } = letter;
  return {
    id,
    service: oneOf(consumers, letter.service),
    topic,
    eventId,
    type,
    status: oneOf(letterStatuses, letter.status),
    error,
    attempts,
    event: JSON.parse(letter.eventJson),
    headers: headersText.parse(JSON.parse(letter.headersJson)),
    parkedAt: isoTime(letter.parkedAt),
    changedAt: isoTime(letter.changedAt),
  };
}
