import type { Database } from '@ticketing/common/database';
import type { Logger } from '@ticketing/common/log';
import { copyChanges, type Versions } from './copy-changes.ts';
import { adoptIndex, type IndexBuild, noteCaughtUp, readClock } from './index-builds.ts';
import { putConcerts } from './index-concerts.ts';
import { indexAlias } from './index-definition.ts';
import type { SearchIndex } from './search-index.ts';

interface CatchUp {
  db: Database;
  index: SearchIndex;
  log: Logger;
}

// Events are usually faster than this; what they have not brought by then they may never bring.
const eventsTakeMs = 5_000;

/**
 * Brings into the index that answers what has changed since it was last complete. Events may go to instances of another build, which
 * writes into an index of its own, so none of them counts as done.
 * @returns one turn, which is given the name of the index and what is known of it
 */
export function createCatchUp({ db, index, log }: CatchUp): (live: string, build?: IndexBuild, signal?: AbortSignal) => Promise<void> {
  // What the last turn saw need not be copied again while the time in which transactions end slowly goes by.
  let seen: { live: string; versions: Versions } | undefined;
  return async (live, build, signal) => {
    const since = build?.caughtUpTo ?? (await adoptIndex(db, live));
    const until = new Date((await readClock(db)).getTime() - eventsTakeMs);
    const known = seen?.live === live ? seen.versions : undefined;
    const copied = await copyChanges(
      { db, signal, put: (concerts) => index.work(putConcerts(indexAlias, concerts)) },
      { since, until },
      known,
    );
    await noteCaughtUp(db, live, until);
    seen = { live, versions: copied.versions };
    if (copied.written > 0) log.info({ concerts: copied.written }, 'search index caught up');
    if (copied.refused > 0) log.error({ concerts: copied.refused }, 'the search index refuses concerts');
  };
}
