import { parseArgs } from 'node:util';
import { StackAlreadyRunning, startStack } from '../local/stack.ts';
import { describeFailure, StepFailure } from '../local/step-failure.ts';
import type { Bench } from './bench-definition.ts';
import { cacheBench } from './cache-bench.ts';
import { degradedBench } from './degraded-bench.ts';
import { eventsBench } from './events-bench.ts';
import { locksBench } from './locks-bench.ts';
import { outboxBench } from './outbox-bench.ts';
import { queueBench } from './queue-bench.ts';
import { readBench } from './read-bench.ts';
import { reindexBench } from './reindex-bench.ts';

const benches: Record<string, Bench> = {
  locks: locksBench,
  queue: queueBench,
  outbox: outboxBench,
  events: eventsBench,
  read: readBench,
  degraded: degradedBench,
  cache: cacheBench,
  reindex: reindexBench,
};

const usage = `npm run bench -- NAME

Measures on a stack of its own (the ports and data of npm test), which it ends afterwards, and prints a table.
${Object.entries(benches)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}
`;

function listenForStop(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => controller.abort(new Error(`stopped by ${signal}`)));
  return controller.signal;
}

async function runBench({ instances, run }: Bench): Promise<void> {
  const signal = listenForStop();
  const stack = await startStack({ profile: 'test', reset: true, instances, signal, supervise: true });
  try {
    await run(stack, signal);
  } finally {
    await stack.stop();
  }
}

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } });
  const [name = ''] = positionals;
  if (values.help || name === '') process.stdout.write(usage);
  else {
    const bench = benches[name];
    if (!bench) throw new StepFailure(`there is no benchmark "${name}"`, { fix: 'npm run bench -- --help' });
    await runBench(bench);
  }
} catch (error) {
  const explained =
    error instanceof StackAlreadyRunning ? 'the test stack is in use; wait for the tests that use it' : describeFailure(error);
  process.stderr.write(`\n${explained}\n`);
  process.exitCode = 1;
}
