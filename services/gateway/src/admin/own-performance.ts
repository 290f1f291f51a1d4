import { toActor } from '../auth/access.ts';
import type { User } from '../auth/access-tokens.ts';
import type { Context } from '../context.ts';
import { type Problem, problem, refused } from '../http/problems.ts';

/** Asks whether somebody may change what belongs to a performance. @returns `performance-not-found` also for another organiser's one */
export async function refuseStranger(
  { services }: Pick<Context, 'services'>,
  user: User,
  performanceId: string,
): Promise<Problem | undefined> {
  const { items } = await services.concert.describePerformances({ performanceIds: [performanceId] });
  const [performance] = items;
  if (!performance) return problem('performance-not-found');
  const { refusal } = await services.concert.authorize({ actor: toActor(user), concertId: performance.concertId });
  if (!refusal) return undefined;
  return refusal.code === 'concert-not-found' ? problem('performance-not-found') : refused({ case: 'refusal', value: refusal });
}
