import type { Context } from '../context.ts';
import { type Problem, refused } from '../http/problems.ts';
import { toActor } from './access.ts';
import type { User } from './access-tokens.ts';

/** @returns the problem for somebody to whom a concert is not open: `concert-not-found`, as if there were none */
export async function refuseStranger({ services }: Pick<Context, 'services'>, user: User, concertId: string): Promise<Problem | undefined> {
  const { refusal } = await services.concert.authorize({ actor: toActor(user), concertId });
  return refusal && refused({ case: 'refusal', value: refusal });
}
