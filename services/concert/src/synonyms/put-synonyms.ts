import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { recordAudit } from '@ticketing/common/audit';
import { newId } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import type { PutSynonymsRequest, PutSynonymsResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';
import { lockSynonyms, readSynonyms } from './synonyms.ts';

/** Replaces all synonyms. They are looked up when somebody searches, so nothing needs to be indexed anew; none at all brings the defaults back. */
export async function putSynonyms(
  ctx: Pick<Context, 'db' | 'synonyms' | 'pages' | 'outbox'>,
  request: PutSynonymsRequest,
): Promise<MessageInitShape<typeof PutSynonymsResponseSchema>> {
  const actorId = actorOf(request).userId;
  const groups = request.groups.map(({ words }) => words.map((word) => word.normalize('NFC')));
  const written = await ctx.db.transaction(async (tx) => {
    const before = await lockSynonyms(tx);
    if (groups.length > 0) {
      // Overwriting locks the rows, so that of several who replace them at once the last one wins as a whole.
      await tx.execute('INSERT INTO synonyms (position, words) VALUES ? ON DUPLICATE KEY UPDATE words = VALUES(words)', [
        groups.map((words, position) => [position, JSON.stringify(words)]),
      ]);
    }
    await tx.execute('DELETE FROM synonyms WHERE position >= ?', [groups.length]);
    await recordAudit(tx, { actorId, action: 'synonyms.put', subject: 'synonyms', before: { groups: before }, after: { groups } });
    await addEvent(tx, 'catalogue.changed', newId(), { concertId: null });
    return readSynonyms(tx);
  });
  ctx.synonyms.forget();
  ctx.pages.forget();
  ctx.outbox.wake();
  return { groups: written.map((words) => ({ words })) };
}
