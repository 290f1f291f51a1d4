import { seedId } from './seed-id.ts';

function ids(key: string): { concertId: string; performanceId: string } {
  return { concertId: seedId(`concert ${key}`), performanceId: seedId(`performance ${key} 0`) };
}

/** Concerts of the demonstration data that have a part to play; each has one performance. */
export const specialConcerts = {
  /** 2,000 seats, on sale. */
  onSale: ids('on-sale'),
  /** 40 seats, on sale; meant to be bought up but for a few. */
  nearlySoldOut: ids('nearly-sold-out'),
  /** Its sale opens a minute after the data was first written. */
  opensSoon: ids('opens-soon'),
};
