import { decodeIdCursor, encodeIdCursor } from '@ticketing/common/cursor';
import type { Services } from '../context.ts';
import { isProblem, type Problem, type ProblemCode, problem } from '../http/problems.ts';

type Keeper = keyof Services['operations'];
type Operations = Services['operations'][Keeper];

/** The services that publish events and keep what operators did. */
export const keepers = ['user', 'concert', 'reservation', 'payment'] as const satisfies Keeper[];

/** The services that take events, and so may give some up; and who keeps what they gave up. */
const lettersKeptBy = { user: 'user', queue: 'payment', concert: 'concert', reservation: 'reservation', payment: 'payment' } as const;
export const consumers = ['user', 'queue', 'concert', 'reservation', 'payment'] as const satisfies (keyof typeof lettersKeptBy)[];
type Consumer = (typeof consumers)[number];

/** Who keeps the dead letters of a consumer, or of all. */
export function letterKeepers(consumer: Consumer | undefined): Keeper[] {
  return consumer === undefined ? [...new Set(Object.values(lettersKeptBy))] : [lettersKeptBy[consumer]];
}

interface Page<T> {
  items: T[];
  nextCursor: string;
}

/** Merges pages of several services, newest first: ids grow with time, and a cursor is one of them. */
export async function mergePages<T extends { id: string }>(
  asked: Operations[],
  { limit, cursor = '' }: { limit: number; cursor?: string | undefined },
  ask: (service: Operations, page: { limit: number; cursor: string }) => Promise<Page<T>>,
): Promise<{ items: T[]; nextCursor: string | null } | Problem> {
  if (cursor !== '' && decodeIdCursor(cursor) === undefined) return problem('invalid-cursor');
  const pages = await Promise.all(asked.map((service) => ask(service, { limit, cursor })));
  const all = pages.flatMap(({ items }) => items).toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const items = all.slice(0, limit);
  const last = items.at(-1);
  const hasMore = all.length > limit || pages.some(({ nextCursor }) => nextCursor !== '');
  return { items, nextCursor: hasMore && last ? encodeIdCursor(last.id) : null };
}

/**
 * Asks several services for the one thing that one of them has.
 * @param absent what those answer that don't have it
 * @throws what a service failed with, when nobody else has it
 */
export async function findAmong<T extends object>(
  asked: Operations[],
  absent: ProblemCode,
  ask: (service: Operations) => Promise<T | Problem>,
): Promise<T | Problem> {
  const answers = await Promise.allSettled(asked.map(ask));
  for (const answer of answers) {
    if (answer.status === 'fulfilled' && !(isProblem(answer.value) && answer.value.code === absent)) return answer.value;
  }
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed) throw failed.reason;
  return problem(absent);
}
