import { EntitySchema } from 'typeorm';

export interface PerformanceRow {
  id: Buffer;
  concertId: Buffer;
  startsAt: Date;
  saleOpensAt: Date;
  totalSeats: number;
  /** KRW; the cheapest and the dearest section. */
  priceFrom: number;
  priceTo: number;
  maxSeatsPerPerson: number;
  status: 'SCHEDULED' | 'CANCELLED';
}

export const performance = new EntitySchema<PerformanceRow>({
  name: 'performance',
  tableName: 'performances',
  columns: {
    id: { type: 'binary', length: 16, primary: true },
    concertId: { name: 'concert_id', type: 'binary', length: 16 },
    startsAt: { name: 'starts_at', type: 'datetime', precision: 3 },
    saleOpensAt: { name: 'sale_opens_at', type: 'datetime', precision: 3 },
    totalSeats: { name: 'total_seats', type: 'int', unsigned: true },
    priceFrom: { name: 'price_from', type: 'int', unsigned: true },
    priceTo: { name: 'price_to', type: 'int', unsigned: true },
    maxSeatsPerPerson: { name: 'max_seats_per_person', type: 'tinyint', unsigned: true },
    status: { type: 'varchar', length: 9 },
  },
});
