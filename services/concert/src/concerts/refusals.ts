import { type Refusal, refuse } from '@ticketing/common/refusal';

/** Also for a concert of somebody else, and to the public for a draft. */
export function concertNotFound(): Refusal {
  return refuse('concert-not-found', 'There is no such concert.');
}

export function concertCancelled(): Refusal {
  return refuse('concert-cancelled', 'The concert is cancelled.');
}

/** Also for a performance of somebody else. */
export function performanceNotFound(): Refusal {
  return refuse('performance-not-found', 'There is no such performance.');
}
