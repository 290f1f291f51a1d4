/** What a search may ask for. */
export const searchedStatuses = ['SCHEDULED', 'ON_SALE', 'ENDED', 'CANCELLED'] as const;
export type SearchedStatus = (typeof searchedStatuses)[number];

/** What its organiser has made of a concert. Nobody else sees a draft. */
export type LifeState = 'DRAFT' | 'PUBLISHED' | 'CANCELLED';

/** Of a published concert: SCHEDULED until the sale opens, ENDED once the last performance has begun, ON_SALE in between. */
export function concertStatus(
  concert: { state: LifeState; saleOpensAt: Date; lastStartsAt: Date | undefined },
  now: Date,
): SearchedStatus | 'DRAFT' {
  if (concert.state !== 'PUBLISHED') return concert.state;
  if (concert.lastStartsAt && concert.lastStartsAt <= now) return 'ENDED';
  return concert.saleOpensAt <= now ? 'ON_SALE' : 'SCHEDULED';
}
