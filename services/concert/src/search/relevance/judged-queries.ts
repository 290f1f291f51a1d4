import { judgedNames } from './judged-names.ts';
import { judgedPhrases } from './judged-phrases.ts';
import { judgedPlaces } from './judged-places.ts';
import type { JudgedGroups } from './judged-query.ts';

/** What must be found in the demonstration data, and first; most were judged before search was made to answer them. */
export const judgedQueries: JudgedGroups = { ...judgedNames, ...judgedPhrases, ...judgedPlaces };
