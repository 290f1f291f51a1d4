import { type Refusal, refuse } from '@ticketing/common/refusal';

/** What others are answered about a performance that is not theirs. */
export function unknownPerformance(): Refusal {
  return refuse('performance-not-found', 'There is no such performance.');
}
