import type { EventData } from '@ticketing/contracts/events';
import type { Context } from '../context.ts';

/** Forgets what another instance has changed. Every instance gets the message (components/broadcasts.yaml). */
export function followChanges(
  ctx: Pick<Context, 'cache' | 'pages' | 'shared' | 'synonyms'>,
  changes: EventData<'catalogue.changed'>[],
): Promise<void> {
  for (const { concertId } of changes) {
    if (concertId === null) ctx.synonyms.forget();
    else ctx.cache.forget(concertId);
  }
  ctx.pages.forget();
  ctx.shared.forget();
  return Promise.resolve();
}
