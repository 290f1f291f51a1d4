import { z } from 'zod';

export const cacheInvalidationEvents = {
  'catalogue.changed': z
    .object({ concertId: z.uuid().nullable().describe('Null when it is not one concert but the synonyms of searches.') })
    .describe('Every instance must read this anew. Not kept: an instance that misses it follows when its copy is too old.'),
} as const;
