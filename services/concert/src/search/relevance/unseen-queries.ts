import type { JudgedGroups } from './judged-query.ts';
import { unseenBeginnings } from './unseen-beginnings.ts';
import { unseenMistakes } from './unseen-mistakes.ts';
import { unseenPhrases } from './unseen-phrases.ts';
import { unseenPlaces } from './unseen-places.ts';

/** What must be found in the demonstration data, judged before search was looked at. */
export const unseenQueries: JudgedGroups = { ...unseenMistakes, ...unseenBeginnings, ...unseenPhrases, ...unseenPlaces };
