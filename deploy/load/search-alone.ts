import { findInIndex } from '../../services/concert/src/search/find-in-index.ts';
import { readQuery } from '../../services/concert/src/search/read-query.ts';
import type { createDirectClient } from '../../services/concert/src/search/search-client.ts';
import type { SearchQuery } from '../../services/concert/src/search/search-query.ts';
import { createThesaurus } from '../../services/concert/src/search/thesaurus.ts';
import { defaultSynonyms } from '../../services/concert/src/search/vocabulary.ts';
import type { Task } from './closed-loop.ts';

type SearchClient = ReturnType<typeof createDirectClient>;

const everything: SearchQuery = {
  ...{ readings: [], artists: [], cities: [], status: undefined, from: '', to: '', sort: 'relevance', limit: 20, after: undefined },
  now: new Date(),
};

/** The questions that the concert service asks Elasticsearch for these searches, asked of it directly. */
export function* searchesAlone(client: SearchClient, searches: Iterable<string>): Generator<Task> {
  const thesaurus = createThesaurus(defaultSynonyms);
  for (const words of searches) {
    yield async () => {
      await findInIndex({ ...everything, readings: readQuery(words, thesaurus) })(client, {});
      return undefined;
    };
  }
}
