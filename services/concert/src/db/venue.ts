import { EntitySchema } from 'typeorm';

export interface VenueRow {
  id: Buffer;
  /** Unique together with the city. */
  name: string;
  city: string;
  /** IANA name, for example "Asia/Seoul". */
  timeZone: string;
}

export const venue = new EntitySchema<VenueRow>({
  name: 'venue',
  tableName: 'venues',
  columns: {
    id: { type: 'binary', length: 16, primary: true },
    name: { type: 'varchar', length: 120 },
    city: { type: 'varchar', length: 80 },
    timeZone: { name: 'time_zone', type: 'varchar', length: 64 },
  },
});
