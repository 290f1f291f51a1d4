import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { differences, recordAudit } from '@ticketing/common/audit';
import { idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { UpdateConcertRequest, UpdateConcertResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { lockOwnConcert } from '../access/owner.ts';
import type { CatalogueWriter } from '../context.ts';
import { loadConcert, toConcertMessage } from './listed-concert.ts';
import { recordChange } from './record-change.ts';

/** Changes the texts that are given and leaves the others. Refuses with `concert-not-found`, also for a concert of somebody else. */
export async function updateConcert(
  ctx: CatalogueWriter,
  request: UpdateConcertRequest,
): Promise<MessageInitShape<typeof UpdateConcertResponseSchema>> {
  const actor = actorOf(request);
  const { concertId } = request;
  const updated = await ctx.db.transaction(async (tx) => {
    const before = await lockOwnConcert(tx, actor, concertId);
    if (!before) return undefined;
    const after = {
      title: request.title?.normalize('NFC') ?? before.title,
      artist: request.artist?.normalize('NFC') ?? before.artist,
      description: request.description?.normalize('NFC') ?? before.description,
    };
    await tx.execute(
      'UPDATE concerts SET title = ?, artist = ?, description = ?, version = version + 1, changed_at = UTC_TIMESTAMP(3) WHERE id = ?',
      [after.title, after.artist, after.description, idToBinary(concertId)],
    );
    const { title, artist, description } = before;
    const changed = differences({ title, artist, description }, after);
    await recordAudit(tx, { actorId: actor.userId, action: 'concert.update', subject: concertId, ...changed });
    const concert = await loadConcert(tx, concertId);
    if (concert) await recordChange(tx, 'concert.updated', concert);
    return concert;
  });
  if (!updated) return { result: refusalResult(refuse('concert-not-found', 'There is no such concert.')) };
  ctx.changed(concertId);
  return { result: { case: 'concert', value: toConcertMessage(updated, new Date()) } };
}
