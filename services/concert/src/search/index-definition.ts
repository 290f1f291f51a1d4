import type { estypes } from '@elastic/elasticsearch';
import { properNames } from './proper-names.ts';

/**
 * What readers and writers of this build call the index; it stands for one of the indices `concerts-v4-*`. A change of the
 * definition takes a new number, so that instances of two builds work side by side, each on its own index.
 */
export const indexAlias = 'concerts-v4';

/** The indices that this build fills. */
export const indexPattern = `${indexAlias}-*`;

// Endings, particles, affixes and signs, as the plugin leaves out by default; but not the interjections, adverbs and determiners that it leaves
// out as well: the tokenizer takes the half of a misspelt name for one, and would find the rest.
const grammar = [
  ...['EP', 'EF', 'EC', 'ETN', 'ETM', 'JKS', 'JKC', 'JKG', 'JKO', 'JKB', 'JKV', 'JKQ', 'JX', 'JC'],
  ...['SP', 'SSC', 'SSO', 'SC', 'SE', 'XPN', 'XSA', 'XSN', 'XSV', 'UNA', 'NA', 'VSV'],
];

const analysis: estypes.IndicesIndexSettingsAnalysis = {
  tokenizer: { korean: { type: 'nori_tokenizer', decompound_mode: 'discard', user_dictionary_rules: properNames } },
  filter: {
    korean_part_of_speech: { type: 'nori_part_of_speech', stoptags: grammar },
    beginnings: { type: 'edge_ngram', min_gram: 1, max_gram: 40 },
  },
  analyzer: {
    meaning: {
      type: 'custom',
      tokenizer: 'korean',
      filter: ['korean_part_of_speech', 'nori_readingform', 'lowercase', 'asciifolding', 'porter_stem'],
    },
    plain: { type: 'custom', tokenizer: 'standard', filter: ['lowercase', 'asciifolding'] },
    keys: { type: 'custom', tokenizer: 'whitespace' },
    beginnings_of_keys: { type: 'custom', tokenizer: 'whitespace', filter: ['beginnings'] },
  },
  normalizer: { folded: { type: 'custom', filter: ['lowercase', 'asciifolding'] } },
};

const byMeaning = { type: 'text', analyzer: 'meaning' } as const;
const whole = { type: 'keyword', normalizer: 'folded' } as const;
const date = { type: 'date', format: 'strict_date' } as const;
// Scores are constants (see build-search-query.ts), so that neither frequencies nor lengths need to be kept.
const keys = {
  type: 'text',
  analyzer: 'keys',
  index_options: 'docs',
  norms: false,
  fields: { begun: { type: 'text', analyzer: 'beginnings_of_keys', search_analyzer: 'keys', index_options: 'docs', norms: false } },
} as const;

// Korean that is misspelt or half typed can't be found through morphology, which cuts it at the wrong place: that is what
// the plain words and the letters of the keys are for.
const properties: Record<string, estypes.MappingProperty> = {
  id: { type: 'keyword' },
  title: { ...byMeaning, copy_to: 'names', fields: { whole } },
  artist: { ...byMeaning, copy_to: 'names', fields: { whole } },
  venue: byMeaning,
  city: { ...byMeaning, fields: { whole } },
  description: byMeaning,
  titleKeys: { ...keys, copy_to: 'nameKeys' },
  artistKeys: { ...keys, copy_to: 'nameKeys' },
  placeKeys: { ...keys, copy_to: 'nameKeys' },
  titleName: keys,
  artistName: keys,
  // Where misspelt words are looked for.
  names: { type: 'text', analyzer: 'plain', index_options: 'docs', norms: false },
  nameKeys: { type: 'text', analyzer: 'keys', index_options: 'docs', norms: false },
  popularity: { type: 'integer' },
  startsOn: date,
  endsOn: date,
  listedOn: date,
  saleOpensAt: { type: 'date' },
  lastStartsAt: { type: 'date' },
  cancelled: { type: 'boolean' },
};

/** @param replicas copies of each shard besides the first */
export function indexDefinition(replicas: number): Pick<estypes.IndicesCreateRequest, 'settings' | 'mappings'> {
  return {
    settings: { number_of_shards: 1, number_of_replicas: replicas, refresh_interval: '500ms', analysis },
    mappings: { dynamic: 'strict', properties },
  };
}
