import type { Database } from '@ticketing/common/database';
import { type NamedLock, takeNamedLock } from '@ticketing/common/named-lock';
import { buildLock, forgetBuild, type IndexBuild, isOwn, readBuilds } from './index-builds.ts';
import type { IndexAccess, Indices } from './search-index.ts';

export interface IndexRemover {
  db: Database;
  index: IndexAccess;
  signal?: AbortSignal | undefined;
}

/**
 * The indices that nobody needs: of this definition those that do not answer, but for a build that may go on; of other definitions
 * those that nobody has looked after for long, so that a service can be rolled back until then.
 * @returns their names; of some only the index is left, of some only what is noted
 */
export function unusedIndices(builds: readonly IndexBuild[], { live, idle }: Indices): string[] {
  const known = new Map(builds.map((build) => [build.name, build]));
  return [...new Set([...idle, ...known.keys()])].filter((name) => {
    const build = known.get(name);
    if (name === live) return false;
    return build === undefined || build.abandoned || (isOwn(name) && build.finished);
  });
}

/** Removes what nobody needs, unless a build is under way, which does so itself. @param live the index that answers */
export async function removeUnused(ctx: IndexRemover, live: string): Promise<void> {
  const lock = await takeNamedLock(ctx.db, buildLock, 0);
  if (!lock) return;
  try {
    await removeBeside(ctx, lock, live);
  } finally {
    await lock.release();
  }
}

/** Removes what nobody needs beside the index that answers. Throws when it is another one. @param lock of the build */
export async function removeBeside(ctx: IndexRemover, lock: NamedLock, live: string): Promise<void> {
  const indices = await ctx.index.look(ctx.signal);
  if (indices.live !== live) throw new Error(`${live} has lost its alias: nothing is removed`);
  for (const name of unusedIndices(await readBuilds(ctx.db), indices)) {
    await lock.confirm();
    await deleteIndex(ctx, name);
    await forgetBuild(ctx.db, name);
  }
}

export async function deleteIndex(ctx: IndexRemover, name: string): Promise<void> {
  await ctx.index.work((client, options) => client.indices.delete({ index: name, ignore_unavailable: true }, options), ctx.signal);
}
