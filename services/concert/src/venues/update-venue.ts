import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { differences, recordAudit } from '@ticketing/common/audit';
import { idFromBinary, idToBinary, isDuplicateKey, type Queryable, Rollback } from '@ticketing/common/database';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { Actor } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import type { UpdateVenueRequest, UpdateVenueResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { isOpenTo } from '../access/owner.ts';
import type { ListedConcert } from '../concerts/listed-concert.ts';
import { canonicalTimeZone } from '../concerts/venue-time.ts';
import type { CatalogueWriter } from '../context.ts';
import { followVenue } from './follow-venue.ts';

type Venue = ListedConcert['venue'];

interface Updated {
  venue: Venue;
  concertIds: string[];
}

/**
 * Changes what is given of a venue, and with it what all of its concerts say: place and local dates. Whoever brought the venue may do so, and
 * operators. Refuses with `venue-not-found`, also for a venue of somebody else, `venue-name-taken` or `invalid-time-zone`.
 */
export async function updateVenue(
  ctx: CatalogueWriter,
  request: UpdateVenueRequest,
): Promise<MessageInitShape<typeof UpdateVenueResponseSchema>> {
  const actor = actorOf(request);
  const timeZone = request.timeZone === undefined ? undefined : canonicalTimeZone(request.timeZone);
  if (request.timeZone !== undefined && timeZone === undefined) {
    return { result: refusalResult(refuse('invalid-time-zone', `${request.timeZone} is no IANA time zone.`)) };
  }
  const updated = await ctx.db.transaction<Updated | Refusal>(async (tx) => {
    const before = await lockVenue(tx, actor, request.venueId);
    if (!before) return refuse('venue-not-found', 'There is no such venue.');
    const venue = {
      id: before.id,
      name: request.name?.normalize('NFC') ?? before.name,
      city: request.city?.normalize('NFC') ?? before.city,
      timeZone: timeZone ?? before.timeZone,
    };
    const refusal = await writeVenue(tx, venue);
    if (refusal) return new Rollback<Updated | Refusal>(refusal);
    const changed = differences({ ...before }, venue);
    await recordAudit(tx, { actorId: actor.userId, action: 'venue.update', subject: venue.id, ...changed });
    return { venue, concertIds: Object.keys(changed.after).length > 0 ? await followVenue(tx, venue) : [] };
  });
  if (isRefusal(updated)) return { result: refusalResult(updated) };
  for (const concertId of updated.concertIds) ctx.changed(concertId);
  return { result: { case: 'venue', value: updated.venue } };
}

/** The venue, locked, so that no concert comes to it meanwhile; undefined when the actor may not change it. */
async function lockVenue(tx: Queryable, actor: Actor, venueId: string): Promise<Venue | undefined> {
  const [row] = await tx.query<{ id: Buffer; name: string; city: string; time_zone: string; owner_id: Buffer | null }>(
    'SELECT id, name, city, time_zone, owner_id FROM venues WHERE id = ? FOR UPDATE',
    [idToBinary(venueId)],
  );
  if (!row || !isOpenTo(actor, row.owner_id)) return undefined;
  return { id: idFromBinary(row.id), name: row.name, city: row.city, timeZone: row.time_zone };
}

async function writeVenue(tx: Queryable, { id, name, city, timeZone }: Venue): Promise<Refusal | undefined> {
  try {
    await tx.execute('UPDATE venues SET name = ?, city = ?, time_zone = ? WHERE id = ?', [name, city, timeZone, idToBinary(id)]);
    return undefined;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return refuse('venue-name-taken', `There is another venue of the name ${name} in ${city}.`);
  }
}
