import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { actorOf } from '@ticketing/common/actor';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { recordAudit } from '@ticketing/common/audit';
import { idFromBinary, idToBinary, newId, type Queryable } from '@ticketing/common/database';
import type { RecordAnswer } from '@ticketing/common/idempotency';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type CreateConcertRequest,
  type CreateConcertResponse,
  CreateConcertResponseSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { CatalogueWriter, Context } from '../context.ts';
import { type ListedConcert, toConcertMessage } from './listed-concert.ts';
import { recordChange } from './record-change.ts';
import { canonicalTimeZone, isCalendarTime } from './venue-time.ts';

export type NewConcert = Omit<CreateConcertRequest, '$typeName' | 'idempotencyKey' | 'draft'> & { draft?: boolean };

/**
 * Puts a concert in the catalogue, or makes a draft, once for each Idempotency-Key; it belongs to who asks. Its venue is made when there is none of that name in
 * that city. Refuses with `invalid-time-zone`, `invalid-time`, `idempotency-key-reused`, or `venue-time-zone-differs` when the venue is known
 * to lie in another zone.
 */
export async function createConcert(
  ctx: CatalogueWriter & Pick<Context, 'sidecar'>,
  request: CreateConcertRequest,
): Promise<MessageInitShape<typeof CreateConcertResponseSchema>> {
  const { title, artist, description, venueName, venueCity, venueTimeZone, saleOpensAt, draft, idempotencyKey: key } = request;
  const texts = { title, artist, description, venueName, venueCity, venueTimeZone, saleOpensAt: saleOpensAt && timestampDate(saleOpensAt) };
  // Keys of before there were drafts stay good.
  const body = draft ? { ...texts, draft } : texts;
  const once = { userId: actorOf(request).userId, operation: 'create-concert', key, body };
  const answer = await answerKeyed(ctx, once, CreateConcertResponseSchema, (record) => publishConcert(ctx, request, newId(), record));
  return isRefusal(answer) ? { result: refusalResult(answer) } : answer;
}

/** As createConcert, under a given id. */
export async function publishConcert(
  ctx: CatalogueWriter,
  request: NewConcert,
  id: string,
  record: RecordAnswer<CreateConcertResponse> = () => Promise.resolve(),
): Promise<CreateConcertResponse> {
  const actor = actorOf(request);
  const timeZone = canonicalTimeZone(request.venueTimeZone);
  if (!timeZone) return refused(refuse('invalid-time-zone', `${request.venueTimeZone} is no IANA time zone.`));
  if (!request.saleOpensAt) throw new Error('sale_opens_at is missing');
  const saleOpensAt = timestampDate(request.saleOpensAt);
  if (!isCalendarTime(saleOpensAt)) return refused(refuse('invalid-time', 'A sale opens between the years 2000 and 2999.'));

  const answer = await ctx.db.transaction(async (tx) => {
    const venue = await findOrAddVenue(tx, actor.userId, request, timeZone);
    if (venue.timeZone !== timeZone) return refused(zoneDiffers(venue));
    const concert: ListedConcert = {
      id,
      version: 1,
      state: request.draft ? 'DRAFT' : 'PUBLISHED',
      title: request.title.normalize('NFC'),
      artist: request.artist.normalize('NFC'),
      description: request.description.normalize('NFC'),
      venue,
      saleOpensAt,
      startsOn: undefined,
      endsOn: undefined,
      lastStartsAt: undefined,
      popularity: 0,
    };
    await insertConcert(tx, concert, actor.userId);
    await recordChange(tx, 'concert.created', concert);
    const { title, artist, description, state } = concert;
    const after = { state, title, artist, description, venue, saleOpensAt: saleOpensAt.toISOString() };
    await recordAudit(tx, { actorId: actor.userId, action: 'concert.create', subject: id, before: null, after });
    const created = create(CreateConcertResponseSchema, { result: { case: 'concert', value: toConcertMessage(concert, new Date()) } });
    await record(tx, created);
    return created;
  });
  if (answer.result.case === 'concert') ctx.changed(id);
  return answer;
}

function refused(refusal: Refusal): CreateConcertResponse {
  return create(CreateConcertResponseSchema, { result: refusalResult(refusal) });
}

function zoneDiffers({ id, timeZone }: ListedConcert['venue']): Refusal {
  const way = `If that is wrong, PATCH /api/v1/admin/venues/${id} mends it.`;
  return refuse('venue-time-zone-differs', `The venue ${id} is known to lie in the time zone ${timeZone}. ${way}`);
}

async function findOrAddVenue(
  tx: Queryable,
  ownerId: string,
  { venueName, venueCity }: Pick<NewConcert, 'venueName' | 'venueCity'>,
  timeZone: string,
): Promise<ListedConcert['venue']> {
  const [name, city] = [venueName.normalize('NFC'), venueCity.normalize('NFC')];
  // Assigning the id to itself makes a venue that exists a success, and locks it until it is read.
  await tx.execute('INSERT INTO venues (id, name, city, time_zone, owner_id) VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE id = id', [
    idToBinary(newId()),
    name,
    city,
    timeZone,
    idToBinary(ownerId),
  ]);
  const [venue] = await tx.query<{ id: Buffer; name: string; city: string; time_zone: string }>(
    'SELECT id, name, city, time_zone FROM venues WHERE name = ? AND city = ?',
    [name, city],
  );
  if (!venue) throw new Error('the venue that was just written is not there');
  return { id: idFromBinary(venue.id), name: venue.name, city: venue.city, timeZone: venue.time_zone };
}

async function insertConcert(tx: Queryable, concert: ListedConcert, ownerId: string): Promise<void> {
  const { id, state, title, artist, description, venue, saleOpensAt } = concert;
  await tx.execute(
    `INSERT INTO concerts (id, state, title, artist, description, venue_id, sale_opens_at, owner_id, created_at, changed_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
    [idToBinary(id), state, title, artist, description, idToBinary(venue.id), saleOpensAt, idToBinary(ownerId)],
  );
}
