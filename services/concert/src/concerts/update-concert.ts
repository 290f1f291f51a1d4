import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { actorOf } from '@ticketing/common/actor';
import { differences, recordAudit } from '@ticketing/common/audit';
import { idFromBinary, idToBinary, type Queryable, Rollback } from '@ticketing/common/database';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { UpdateConcertRequest, UpdateConcertResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { lockOwnConcert } from '../access/owner.ts';
import type { CatalogueWriter } from '../context.ts';
import { moveSales } from '../performances/move-sales.ts';
import { type ListedConcert, loadConcert, toConcertMessage } from './listed-concert.ts';
import { recordChange } from './record-change.ts';
import { concertCancelled, concertNotFound } from './refusals.ts';
import { isCalendarTime } from './venue-time.ts';
import { writeDates } from './write-dates.ts';

/**
 * Changes what is given and leaves the rest. With the opening of the sale go the performances that have no other, and the waiting room; with the
 * venue go the local dates. Refuses with `concert-not-found`, also for a concert of somebody else, `concert-cancelled`, `venue-not-found`, or
 * `invalid-time` where a performance would begin before the sale.
 */
export async function updateConcert(
  ctx: CatalogueWriter,
  request: UpdateConcertRequest,
): Promise<MessageInitShape<typeof UpdateConcertResponseSchema>> {
  const updated = await ctx.db.transaction<ListedConcert | Refusal>(async (tx) => {
    const concert = await change(tx, request);
    return isRefusal(concert) ? new Rollback<ListedConcert | Refusal>(concert) : concert;
  });
  if (isRefusal(updated)) return { result: refusalResult(updated) };
  ctx.changed(request.concertId);
  return { result: { case: 'concert', value: toConcertMessage(updated, new Date()) } };
}

async function change(tx: Queryable, request: UpdateConcertRequest): Promise<ListedConcert | Refusal> {
  const actor = actorOf(request);
  const { concertId } = request;
  // A venue is locked before its concerts, as where the venue is changed.
  const venue = request.venueId === undefined ? undefined : await lockVenue(tx, request.venueId);
  const before = await lockOwnConcert(tx, actor, concertId);
  if (!before) return concertNotFound();
  if (before.state === 'CANCELLED') return concertCancelled();
  if (request.venueId !== undefined && !venue) return refuse('venue-not-found', 'There is no such venue.');
  const after = wish(before, request, venue);
  const refusal = await write(tx, before, after);
  if (refusal) return refusal;
  const changed = differences(audited(before), audited(after));
  await recordAudit(tx, { actorId: actor.userId, action: 'concert.update', subject: concertId, ...changed });
  const concert = await loadConcert(tx, concertId);
  if (!concert) throw new Error('the concert that was just changed is not there');
  await recordChange(tx, 'concert.updated', concert);
  return concert;
}

type Venue = Pick<ListedConcert['venue'], 'id' | 'timeZone'>;
type Changeable = Pick<ListedConcert, 'title' | 'artist' | 'description' | 'saleOpensAt'> & { venue: Venue };

async function lockVenue(tx: Queryable, venueId: string): Promise<Venue | undefined> {
  const [row] = await tx.query<{ id: Buffer; time_zone: string }>('SELECT id, time_zone FROM venues WHERE id = ? FOR UPDATE', [
    idToBinary(venueId),
  ]);
  return row && { id: idFromBinary(row.id), timeZone: row.time_zone };
}

function wish(before: ListedConcert, request: UpdateConcertRequest, venue: Venue | undefined): Changeable {
  return {
    title: request.title?.normalize('NFC') ?? before.title,
    artist: request.artist?.normalize('NFC') ?? before.artist,
    description: request.description?.normalize('NFC') ?? before.description,
    saleOpensAt: request.saleOpensAt ? timestampDate(request.saleOpensAt) : before.saleOpensAt,
    venue: venue ?? before.venue,
  };
}

function audited({ title, artist, description, saleOpensAt, venue }: Changeable) {
  return { title, artist, description, saleOpensAt: saleOpensAt.toISOString(), venueId: venue.id };
}

async function write(tx: Queryable, before: ListedConcert, after: Changeable): Promise<Refusal | undefined> {
  const { title, artist, description, saleOpensAt, venue } = after;
  const isMoved = saleOpensAt.getTime() !== before.saleOpensAt.getTime();
  if (isMoved && !isCalendarTime(saleOpensAt)) return refuse('invalid-time', 'A sale opens between the years 2000 and 2999.');
  const refusal = isMoved ? await moveSales(tx, before, saleOpensAt) : undefined;
  if (refusal) return refusal;
  await tx.execute(
    `UPDATE concerts SET title = ?, artist = ?, description = ?, sale_opens_at = ?, venue_id = ?, sale_moves = sale_moves + ?,
            version = version + 1, changed_at = UTC_TIMESTAMP(3) WHERE id = ?`,
    [title, artist, description, saleOpensAt, idToBinary(venue.id), isMoved ? 1 : 0, idToBinary(before.id)],
  );
  if (venue.id !== before.venue.id) await writeDates(tx, [idToBinary(before.id)], venue.timeZone);
  return undefined;
}
