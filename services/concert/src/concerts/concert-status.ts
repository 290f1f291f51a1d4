export const concertStatuses = ['SCHEDULED', 'ON_SALE', 'ENDED'] as const;
export type ConcertStatus = (typeof concertStatuses)[number];

/** SCHEDULED until the sale opens, ENDED once the last performance has begun, ON_SALE in between. */
export function concertStatus(concert: { saleOpensAt: Date; lastStartsAt: Date | undefined }, now: Date): ConcertStatus {
  if (concert.lastStartsAt && concert.lastStartsAt <= now) return 'ENDED';
  return concert.saleOpensAt <= now ? 'ON_SALE' : 'SCHEDULED';
}
