import type { Queryable } from '@ticketing/common/database';
import { addEvents } from '@ticketing/common/outbox';
import { replaceWords } from '../search/catalogue-words.ts';
import { isPublic, type ListedConcert, toConcertEvent } from './listed-concert.ts';

/**
 * What belongs to every change of concerts, in its transaction: the words by which SQL finds them, the event of each with its whole new
 * state, and the message by which every instance reads it anew. Of drafts, there is that message alone.
 */
export async function recordChanges(tx: Queryable, type: 'concert.created' | 'concert.updated', concerts: ListedConcert[]): Promise<void> {
  const told = concerts.filter(isPublic);
  await replaceWords(tx, told);
  await addEvents(
    tx,
    type,
    told.map((concert) => ({ aggregateId: concert.id, data: toConcertEvent(concert) })),
  );
  await addEvents(
    tx,
    'catalogue.changed',
    concerts.map(({ id }) => ({ aggregateId: id, data: { concertId: id } })),
  );
}

/** As recordChanges, of one concert. */
export function recordChange(tx: Queryable, type: 'concert.created' | 'concert.updated', concert: ListedConcert): Promise<void> {
  return recordChanges(tx, type, [concert]);
}
