import { idFromBinary, type Queryable } from '@ticketing/common/database';
import { addEvents } from '@ticketing/common/outbox';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import type { ListedConcert } from '../concerts/listed-concert.ts';
import { performancesOf } from './own-performance.ts';

/**
 * Lets the performances that go on sale with their concert follow its new time; those with a time of their own keep it. The caller has locked
 * the concert. Refuses with `invalid-time` where one that is still to come begins before.
 */
export async function moveSales(tx: Queryable, concert: ListedConcert, saleOpensAt: Date): Promise<Refusal | undefined> {
  const [clock] = await tx.query<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now');
  const now = clock?.now ?? new Date();
  const ahead = (await performancesOf(tx, concert.id)).filter(({ status, startsAt }) => status === 'SCHEDULED' && startsAt > now);
  const first = ahead.find(({ startsAt }) => startsAt <= saleOpensAt);
  if (first) return refuse('invalid-time', `A performance starts at ${first.startsAt.toISOString()}; the sale opens before that.`);
  const following = ahead.filter((performance) => performance.saleOpensAt.getTime() === concert.saleOpensAt.getTime());
  if (following.length === 0) return undefined;
  const ids = following.map(({ id }) => id);
  await tx.execute('UPDATE performances SET sale_opens_at = ?, version = version + 1 WHERE id IN (?)', [saleOpensAt, ids]);
  const moved = await performancesOf(tx, concert.id, ids);
  await addEvents(
    tx,
    'performance.updated',
    moved.map(({ id, version, startsAt, maxSeatsPerPerson }) => ({
      aggregateId: concert.id,
      data: {
        ...{ performanceId: idFromBinary(id), concertId: concert.id, version, maxSeatsPerPerson },
        ...{ startsAt: startsAt.toISOString(), saleOpensAt: saleOpensAt.toISOString() },
      },
    })),
  );
  return undefined;
}
