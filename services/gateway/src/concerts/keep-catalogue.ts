import type { KeptAnswers } from '../http/kept-answers.ts';

// None is given that is older than a second. A browser or a proxy may show it for another.
const times = { ttlMs: 500, staleMs: 500, cacheControl: 'public, max-age=1' };

/** How answers about one concert are kept. */
export const aboutConcert = { ...times, topic: ({ concertId }: { concertId: string }) => concertId };

/** How an answer is kept whose concert is not known before it is made. */
export const aboutPerformance = times;

// They may have any concert in them.
const lists = 'lists';

/** How lists of concerts and suggestions are kept. */
export const aboutConcerts = { ...times, topic: () => lists };

/** Forgets the answers in which a concert is. */
export function forgetConcert(kept: KeptAnswers, concertId: string): void {
  kept.forget(concertId);
  kept.forget(lists);
}

/** Forgets what was searched and suggested. */
export function forgetLists(kept: KeptAnswers): void {
  kept.forget(lists);
}
