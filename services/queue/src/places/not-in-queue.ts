import { type Refusal, refuse } from '@ticketing/common/refusal';

export function notInQueue(): Refusal {
  return refuse('not-in-queue', 'You are not in the queue of this concert. Join it first.');
}
