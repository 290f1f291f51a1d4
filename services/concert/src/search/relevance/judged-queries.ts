import { judgedNames } from './judged-names.ts';
import { judgedPhrases } from './judged-phrases.ts';
import { judgedPlaces } from './judged-places.ts';
import type { JudgedGroups } from './judged-query.ts';

/** What must be found in the demonstration data, and first. Search was improved on them, so they say what it keeps, not how it does on others. */
export const judgedQueries: JudgedGroups = { ...judgedNames, ...judgedPhrases, ...judgedPlaces };
