import { z } from 'zod';

/** The CloudEvent type of what a consumer writes to its dead-letter topic. */
export const deadLetterType = 'dead-letter';

export function deadLetterTopic(service: string): string {
  return `${service}.dead-letters`;
}

/** An event that a consumer gave up, and the error. */
export const deadLetterMessage = z.object({
  service: z.string().max(32),
  topic: z.string().max(64),
  error: z.string().transform((text) => text.slice(0, 1_000)),
  attempts: z.int().nonnegative(),
  /** As it was delivered. */
  event: z.unknown(),
  headers: z.record(z.string(), z.string()),
});

export type DeadLetterMessage = z.infer<typeof deadLetterMessage>;
