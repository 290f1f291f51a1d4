import type { Queryable } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { replaceWords } from '../search/catalogue-words.ts';
import { type ListedConcert, toConcertEvent } from './listed-concert.ts';

/**
 * What belongs to every change of a concert, in its transaction: the words by which SQL finds it, the event with its whole new state,
 * and the message by which every instance reads it anew.
 */
export async function recordChange(tx: Queryable, type: 'concert.created' | 'concert.updated', concert: ListedConcert): Promise<void> {
  await replaceWords(tx, [concert]);
  await addEvent(tx, type, concert.id, toConcertEvent(concert));
  await addEvent(tx, 'catalogue.changed', concert.id, { concertId: concert.id });
}
