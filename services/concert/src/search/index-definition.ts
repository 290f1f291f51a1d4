import type { estypes } from '@elastic/elasticsearch';
import { properNames, synonyms } from './vocabulary.ts';

/** What readers and writers call the index; it stands for one of the indices below. */
export const indexAlias = 'concerts';
/** The index that this build fills. A change of the definition takes a new number. */
export const indexName = 'concerts-v1';

const korean = ['korean_part_of_speech', 'nori_readingform', 'lowercase', 'asciifolding'];

const analysis: estypes.IndicesIndexSettingsAnalysis = {
  tokenizer: { korean: { type: 'nori_tokenizer', decompound_mode: 'mixed', user_dictionary_rules: properNames } },
  filter: {
    korean_part_of_speech: { type: 'nori_part_of_speech' },
    // Lenient: a rule that the tokenizer cuts into stacked tokens is left out instead of refusing the whole index.
    same_meaning: { type: 'synonym_graph', lenient: true, synonyms },
    beginnings: { type: 'edge_ngram', min_gram: 1, max_gram: 20 },
  },
  analyzer: {
    meaning: { type: 'custom', tokenizer: 'korean', filter: korean },
    meaning_search: { type: 'custom', tokenizer: 'korean', filter: [...korean, 'same_meaning'] },
    plain: { type: 'custom', tokenizer: 'standard', filter: ['lowercase', 'asciifolding'] },
    typing: { type: 'custom', tokenizer: 'standard', filter: ['lowercase', 'asciifolding', 'beginnings'] },
  },
  normalizer: { folded: { type: 'custom', filter: ['lowercase', 'asciifolding'] } },
};

const byMeaning = { type: 'text', analyzer: 'meaning', search_analyzer: 'meaning_search' } as const;
const asTyped = { type: 'text', analyzer: 'typing', search_analyzer: 'plain' } as const;
const date = { type: 'date', format: 'strict_date' } as const;

// `names` gathers what people call a concert by, so that the words of a query may stand in different fields. Misspelt Korean can't be
// found through morphology, which cuts it at the wrong place: fuzziness works on the plain words.
const properties: Record<string, estypes.MappingProperty> = {
  id: { type: 'keyword' },
  title: { ...byMeaning, copy_to: 'names', fields: { typing: asTyped } },
  artist: { ...byMeaning, copy_to: 'names', fields: { typing: asTyped, whole: { type: 'keyword', normalizer: 'folded' } } },
  venue: { ...byMeaning, copy_to: 'names' },
  city: { ...byMeaning, copy_to: 'names' },
  description: byMeaning,
  names: { type: 'text', analyzer: 'plain', fields: { typing: asTyped } },
  startsOn: date,
  endsOn: date,
  listedOn: date,
  saleOpensAt: { type: 'date' },
};

/** @param replicas copies of each shard besides the first */
export function indexDefinition(replicas: number): Pick<estypes.IndicesCreateRequest, 'settings' | 'mappings'> {
  return {
    settings: { number_of_shards: 1, number_of_replicas: replicas, refresh_interval: '1s', analysis },
    mappings: { dynamic: 'strict', properties },
  };
}
