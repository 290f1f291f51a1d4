import type { CancelledPerformances } from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { shownId } from '../http/fields.ts';

const refunds = z
  .int()
  .meta({ description: 'Paid orders that are given back. It can grow by payments that were under way, and never shrinks.' });

export const cancelledSchema = z
  .object({ id: shownId, refunds })
  .meta({ id: 'Cancelled', description: 'Sales have stopped, and refunds are under way.' });

export const cancellationSchema = z
  .object({ performanceId: shownId, refunds, done: z.int().meta({ description: 'How many of them are given back.' }) })
  .meta({ id: 'Cancellation' });

/** How far the refunds of cancelled performances are, all together. */
export async function countRefunds(
  { services }: Pick<Context, 'services'>,
  { performanceIds }: CancelledPerformances,
): Promise<{ refunds: number; done: number }> {
  const { items } = await services.cancellations.followCancellations({ performanceIds });
  const sum = (key: 'refunds' | 'done'): number => items.reduce((total, item) => total + item[key], 0);
  return { refunds: sum('refunds'), done: sum('done') };
}
