import { parseArgs } from 'node:util';
import { endOf, type ReindexMode, startReindexer } from './run-reindexer.ts';
import { describeStack } from './stack-description.ts';
import { describeFailure } from './step-failure.ts';

const usage = `npm run reindex [-- --check] [-- --repair]

Fills a new search index from the catalogue of the running stack, beside the one that answers, and puts it in its place.
A run that was cut short goes on where it was; while one is under way, another ends with an error.
  --check    only compare the index with the catalogue; ends with an error when they differ
  --repair   compare, and put the index right
`;

async function reindex(mode: ReindexMode): Promise<number> {
  const reindexer = startReindexer(describeStack('dev'), mode);
  process.stdout.write(`reindexing as process ${reindexer.pid ?? ''}\n`);
  reindexer.stdout.pipe(process.stdout);
  return (await endOf(reindexer)) ?? 1;
}

try {
  const { values } = parseArgs({
    options: { check: { type: 'boolean' }, repair: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) process.stdout.write(usage);
  else process.exitCode = await reindex(values.repair ? 'repair' : values.check ? 'check' : 'build');
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
