import type { Replay } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { z } from 'zod';
import { oneOf } from '../http/answers.ts';
import { shownId } from '../http/fields.ts';

const statuses = ['RUNNING', 'COMPLETED', 'FAILED'] as const;

export const replaySchema = z
  .object({
    id: shownId,
    matched: z.int().meta({ description: 'Events that are published again.' }),
    published: z.int().meta({ description: 'How many of them are published again so far.' }),
    status: z.enum(statuses),
  })
  .meta({ id: 'Replay', description: 'Events that are published again, under their own ids, for what is derived from them.' });

export function toReplay({ id, matched, published, status }: Replay): z.output<typeof replaySchema> {
  return { id, matched, published, status: oneOf(statuses, status) };
}
