import type { SeatPlan } from './seat-plans.ts';
import type { VenueKey } from './venues.ts';

/** A concert of the demonstration data. Days count from the day on which the data was first written. */
export interface SeedConcert {
  /** Its ids come from this; it never changes. */
  key: string;
  title: string;
  artist: string;
  description: string;
  venue: VenueKey;
  seats: SeatPlan;
  /** The day of the first performance and the time on the venue's clocks (HH:MM); the others follow day by day. */
  day: number;
  time: string;
  nights: number;
  /** `open` since the day before, `soon` in a minute, or the day on which the sale opens at 20:00. */
  sale: 'open' | 'soon' | number;
}
