import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idFromBinary } from '@ticketing/common/database';
import type { PerformanceSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { PerformanceRow } from '../db/performance.ts';

/** A performance as the gateway sees it at this moment. @param free its free seats; undefined while nothing is known: then all count as free */
export function toPerformanceMessage(performance: PerformanceRow, now: Date, free: number | undefined) {
  const status = performance.status === 'SCHEDULED' && performance.startsAt <= now ? 'ENDED' : performance.status;
  const { totalSeats, maxSeatsPerPerson } = performance;
  return {
    ...{ id: idFromBinary(performance.id), concertId: idFromBinary(performance.concertId), status, totalSeats, maxSeatsPerPerson },
    startsAt: timestampFromDate(performance.startsAt),
    saleOpensAt: timestampFromDate(performance.saleOpensAt),
    availableSeats: status === 'SCHEDULED' ? (free ?? totalSeats) : 0,
    priceFrom: BigInt(performance.priceFrom),
    priceTo: BigInt(performance.priceTo),
  } satisfies MessageInitShape<typeof PerformanceSchema>;
}
