import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { GetSalesRequest, GetSalesResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/sales_pb';
import type { Context } from '../context.ts';

/** What is sold of a concert, by performance and section. The caller may see it. */
export async function getSales(
  { salesFigures }: Pick<Context, 'salesFigures'>,
  { concertId }: GetSalesRequest,
): Promise<MessageInitShape<typeof GetSalesResponseSchema>> {
  const { performances, readAt } = await salesFigures.ofConcert(concertId);
  return {
    readAt: timestampFromDate(readAt),
    performances: performances.map(({ performanceId, startsAt, sections }) => ({
      performanceId,
      startsAt: timestampFromDate(startsAt),
      sections: sections.map(({ amount, refundedAmount, ...counts }) => ({
        ...counts,
        amount: BigInt(amount),
        refundedAmount: BigInt(refundedAmount),
      })),
    })),
  };
}
