import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Timestamp, timestampDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type ListSalesPeriodsRequest,
  type ListSalesPeriodsResponseSchema,
  SalesUnit,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/sales_pb';
import type { Context } from '../context.ts';

interface PeriodRow {
  period: number;
  section: string;
  seats_sold: string | number;
  seats_refunded: string | number;
  amount_sold: string | number;
  amount_refunded: string | number;
}

// About a megabyte as JSON.
const mostLines = 10_000;
const minuteMs = 60_000;
const minutesOf: Record<SalesUnit, number> = { [SalesUnit.UNSPECIFIED]: 1, [SalesUnit.MINUTE]: 1, [SalesUnit.DAY]: 1_440 };

/**
 * What was sold and refunded in a time, from the projection of events (docs/decisions/0036). Times without any are left out.
 * Refuses with `performance-not-found` when the performance is not of the concert, or `sales-range-too-long`.
 */
export async function listSalesPeriods(
  { db }: Pick<Context, 'db'>,
  request: ListSalesPeriodsRequest,
): Promise<MessageInitShape<typeof ListSalesPeriodsResponseSchema>> {
  const { concertId, performanceId, unit, bySection } = request;
  const performances = await db.query<{ id: Buffer }>('SELECT id FROM performances WHERE concert_id = ?', [idToBinary(concertId)]);
  const ids = performances.map(({ id }) => id).filter((id) => performanceId === '' || id.equals(idToBinary(performanceId)));
  if (performanceId !== '' && ids.length === 0) {
    return { result: refusalResult(refuse('performance-not-found', 'The concert has no such performance.')) };
  }
  if (ids.length === 0) return { result: { case: 'periods', value: { items: [] } } };
  const minutes = minutesOf[unit];
  const rows = await db.query<PeriodRow>(
    `SELECT (TIMESTAMPDIFF(MINUTE, '1970-01-01 00:00:00', minute) + ?) DIV ? AS period, ${bySection ? 'section' : "'' AS section"},
            SUM(seats_sold) AS seats_sold, SUM(seats_refunded) AS seats_refunded,
            SUM(amount_sold) AS amount_sold, SUM(amount_refunded) AS amount_refunded
       FROM sales_minutes WHERE performance_id IN (?) AND minute >= ? AND minute < ?
      GROUP BY period${bySection ? ', section' : ''} ORDER BY period, section LIMIT ?`,
    [request.offsetMinutes, minutes, ids, given(request.from), given(request.to), mostLines + 1],
  );
  if (rows.length > mostLines) {
    return { result: refusalResult(refuse('sales-range-too-long', `These are more than ${mostLines} lines; ask for a shorter time.`)) };
  }
  const items = rows.map((row) => ({
    startsAt: timestampFromMs((row.period * minutes - request.offsetMinutes) * minuteMs),
    section: row.section,
    seatsSold: Number(row.seats_sold),
    seatsRefunded: Number(row.seats_refunded),
    amountSold: BigInt(row.amount_sold),
    amountRefunded: BigInt(row.amount_refunded),
  }));
  return { result: { case: 'periods', value: { items } } };
}

function given(time: Timestamp | undefined): Date {
  if (!time) throw new Error('the request names no time');
  return timestampDate(time);
}
