import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { UpdateConcertRequest, UpdateConcertResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { CatalogueWriter } from '../context.ts';
import { loadConcert, toConcertMessage } from './listed-concert.ts';
import { recordChange } from './record-change.ts';

/** Changes the texts that are given and leaves the others. Refuses with `concert-not-found`. */
export async function updateConcert(
  ctx: CatalogueWriter,
  { concertId, title, artist, description }: UpdateConcertRequest,
): Promise<MessageInitShape<typeof UpdateConcertResponseSchema>> {
  const given = (text: string | undefined): string | null => text?.normalize('NFC') ?? null;
  const updated = await ctx.db.transaction(async (tx) => {
    // The update comes first: its row lock makes versions and events follow each other.
    await tx.execute(
      `UPDATE concerts
          SET title = COALESCE(?, title), artist = COALESCE(?, artist), description = COALESCE(?, description),
              version = version + 1, changed_at = UTC_TIMESTAMP(3)
        WHERE id = ?`,
      [given(title), given(artist), given(description), idToBinary(concertId)],
    );
    const concert = await loadConcert(tx, concertId);
    if (concert) await recordChange(tx, 'concert.updated', concert);
    return concert;
  });
  if (!updated) return { result: refusalResult(refuse('concert-not-found', 'There is no such concert.')) };
  ctx.changed(concertId);
  return { result: { case: 'concert', value: toConcertMessage(updated, new Date()) } };
}
