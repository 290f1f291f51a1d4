import type { MessageInitShape } from '@bufbuild/protobuf';
import type { GetSynonymsResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';
import { readSynonyms } from './synonyms.ts';

export async function getSynonyms({ db }: Pick<Context, 'db'>): Promise<MessageInitShape<typeof GetSynonymsResponseSchema>> {
  const groups = await readSynonyms(db);
  return { groups: groups.map((words) => ({ words })) };
}
