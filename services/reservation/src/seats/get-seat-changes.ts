import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type GetSeatChangesRequest,
  type GetSeatChangesResponseSchema,
  SeatStatus as SeatStatusCode,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import type { SeatStatus } from './seat-changes.ts';

const codes: Record<SeatStatus, SeatStatusCode> = {
  AVAILABLE: SeatStatusCode.AVAILABLE,
  HELD: SeatStatusCode.HELD,
  SOLD: SeatStatusCode.SOLD,
};

/** Refuses with `performance-not-found`. */
export async function getSeatChanges(
  ctx: Pick<Context, 'performances' | 'seatMaps'>,
  { performanceId, etag }: GetSeatChangesRequest,
): Promise<MessageInitShape<typeof GetSeatChangesResponseSchema>> {
  const performance = await ctx.performances.find(performanceId);
  if (!performance) return { result: refusalResult(refuse('performance-not-found', 'There is no such performance.')) };
  const { snapshot, changes } = await ctx.seatMaps.changes(performance.id, etag);
  const told = changes ?? [...snapshot.statuses].map(([seatId, status]) => ({ seatId, status }));
  return {
    result: {
      case: 'changes',
      value: {
        etag: snapshot.etag,
        version: BigInt(snapshot.version),
        complete: changes === undefined,
        changes: told.map(({ seatId, status }) => ({ seatId, status: codes[status] })),
        concertId: performance.concertId,
        readAt: timestampFromDate(snapshot.readAt),
      },
    },
  };
}
