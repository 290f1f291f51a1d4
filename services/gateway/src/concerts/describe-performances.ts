import type { PerformanceDescription } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';
import { isOutage } from '../http/failures.ts';

/**
 * What performances are of, by their ids, asked for together. Nothing while the concert service is out: what somebody has bought is worth
 * showing without titles.
 */
export async function describePerformances(
  { services, log }: Pick<Context, 'services' | 'log'>,
  ids: string[],
): Promise<Map<string, PerformanceDescription>> {
  const performanceIds = [...new Set(ids)];
  if (performanceIds.length === 0) return new Map();
  try {
    const { items } = await services.concert.describePerformances({ performanceIds });
    return new Map(items.map((item) => [item.performanceId, item]));
  } catch (error) {
    if (!isOutage(error)) throw error;
    log.warn({ reason: error.message }, 'performances are shown without their concerts');
    return new Map();
  }
}

/** @returns undefined when there is no such performance @throws InvocationFailed when the concert service does not say */
export async function describePerformance(
  { services }: Pick<Context, 'services'>,
  performanceId: string,
): Promise<PerformanceDescription | undefined> {
  const { items } = await services.concert.describePerformances({ performanceIds: [performanceId] });
  return items[0];
}
