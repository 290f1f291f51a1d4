import type { Saga } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { z } from 'zod';
import { isoTime, oneOf, orNull } from '../http/answers.ts';
import { shownId, shownInstant } from '../http/fields.ts';

export const sagaStatuses = ['RUNNING', 'PARKED', 'COMPLETED', 'COMPENSATED'] as const;

const stepSchema = z.object({
  step: z.string(),
  outcome: z.string().meta({ description: '`begun`, `done`, or the code of a refusal.' }),
  at: shownInstant,
});

export const sagaSchema = z
  .object({
    id: shownId,
    kind: z.enum(['payment', 'refund']),
    subjectId: shownId.meta({ description: 'The payment or refund.' }),
    status: z.enum(sagaStatuses),
    attempts: z.int(),
    lastError: z.string().nullable(),
    createdAt: shownInstant,
    nextAttemptAt: shownInstant,
    steps: z.array(stepSchema),
  })
  .meta({ id: 'Saga', description: 'A payment or refund on its way through several services. PARKED waits for an operator.' });

export function toSaga(saga: Saga): z.output<typeof sagaSchema> {
  const { id, subjectId, attempts, lastError, steps } = saga;
  return {
    id,
    kind: oneOf(['payment', 'refund'], saga.kind),
    subjectId,
    status: oneOf(sagaStatuses, saga.status),
    attempts,
    lastError: orNull(lastError),
    createdAt: isoTime(saga.createdAt),
    nextAttemptAt: isoTime(saga.nextAttemptAt),
    steps: steps.map(({ step, outcome, at }) => ({ step, outcome, at: isoTime(at) })),
  };
}
