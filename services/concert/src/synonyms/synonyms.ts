import type { Database, Queryable } from '@ticketing/common/database';
import { createTimedCache } from '@ticketing/common/timed-cache';
import { z } from 'zod';
import { createThesaurus, type SynonymGroup, type Thesaurus } from '../search/thesaurus.ts';
import { defaultSynonyms } from '../search/vocabulary.ts';

/** The synonyms as this instance knows them. */
export interface Synonyms {
  thesaurus: () => Promise<Thesaurus>;
  /** Lets the next search see a change. */
  forget: () => void;
}

const all = 'all';

/** Every search asks for them, so they are kept; an instance that is not told of a change follows when they are too old. */
export function createSynonyms(db: Database): Synonyms {
  const cache = createTimedCache({
    ...{ ttlMs: 10_000, staleMs: 10_000, max: 1 },
    load: async () => createThesaurus(await readSynonyms(db)),
  });
  return {
    thesaurus: () => cache.get(all),
    forget: () => {
      cache.forget(all);
    },
  };
}

const storedWords = z.array(z.string());

/** What operators have written, or the product's own synonyms where nobody has. */
export async function readSynonyms(db: Queryable): Promise<SynonymGroup[]> {
  const written = await readWritten(db);
  return written.length === 0 ? defaultSynonyms : written;
}

/** What operators have written, locked until it is replaced. */
export function lockSynonyms(tx: Queryable): Promise<SynonymGroup[]> {
  return readWritten(tx, 'FOR UPDATE');
}

async function readWritten(db: Queryable, lock: 'FOR UPDATE' | '' = ''): Promise<SynonymGroup[]> {
  const rows = await db.query<{ words: unknown }>(`SELECT words FROM synonyms ORDER BY position ${lock}`);
  // MySQL returns a JSON column as a value, MariaDB as text.
  return rows.map(({ words }) => storedWords.parse(typeof words === 'string' ? JSON.parse(words) : words));
}
