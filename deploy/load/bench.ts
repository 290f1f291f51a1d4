import { parseArgs } from 'node:util';
import { serviceNames } from '../local/services.ts';
import { StackAlreadyRunning, type StackOptions, startStack } from '../local/stack.ts';
import { describeFailure, StepFailure } from '../local/step-failure.ts';
import type { Bench } from './bench-definition.ts';
import { cacheBench } from './cache-bench.ts';
import { profilingEnvironment } from './cpu-profiles.ts';
import { degradedBench } from './degraded-bench.ts';
import { eventsBench } from './events-bench.ts';
import { gateBench } from './gate-bench.ts';
import { growthBench } from './growth-bench.ts';
import { locksBench } from './locks-bench.ts';
import { memoryBench } from './memory-bench.ts';
import { outboxBench } from './outbox-bench.ts';
import { reindexBench } from './reindex-bench.ts';
import { saleBench } from './sale-bench.ts';
import { shopBench } from './shop-bench.ts';
import { streamsBench } from './streams-bench.ts';

const benches: Record<string, Bench> = {
  sale: saleBench,
  shop: shopBench,
  gate: gateBench,
  streams: streamsBench,
  growth: growthBench,
  memory: memoryBench,
  locks: locksBench,
  outbox: outboxBench,
  events: eventsBench,
  degraded: degradedBench,
  cache: cacheBench,
  reindex: reindexBench,
};

const usage = `npm run bench -- NAME [PART] [--profile]

Measures on a stack of its own (the ports and data of npm test), which it ends afterwards, and prints a table.
${Object.entries(benches)
  .map(([name, { summary, parts }]) => `  ${name.padEnd(10)} ${summary}${parts ? ` (parts: ${Object.keys(parts).join(', ')})` : ''}`)
  .join('\n')}

  --profile  one round, during which each service writes a CPU profile into .local/profiles (${Object.keys(benches)
    .filter((name) => benches[name]?.profile)
    .join(', ')})
`;

function listenForStop(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => controller.abort(new Error(`stopped by ${signal}`)));
  return controller.signal;
}

async function runBench({ instances, env, infrastructure, run }: Bench): Promise<void> {
  const signal = listenForStop();
  const stack = await startStack({ profile: 'test', reset: true, instances, env, infrastructure, signal, supervise: true });
  try {
    await run(stack, signal);
  } finally {
    await stack.stop();
  }
}

function findBench(name: string, part: string | undefined): Bench {
  const bench = benches[name];
  const run = part === undefined ? bench?.run : bench?.parts?.[part];
  if (!bench || !run) throw new StepFailure(`there is no benchmark "${name} ${part ?? ''}"`, { fix: 'npm run bench -- --help' });
  return { ...bench, run };
}

/** The same benchmark as it runs with `--profile`. */
function profiling(name: string, { profile, env = {}, ...bench }: Bench): Bench {
  if (!profile) throw new StepFailure(`"${name}" writes no profiles`, { fix: 'npm run bench -- --help' });
  const profiled: StackOptions['env'] = Object.fromEntries(
    serviceNames.map((service) => [service, { ...env[service], ...profilingEnvironment() }]),
  );
  return { ...bench, env: profiled, run: profile };
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' }, profile: { type: 'boolean', default: false } },
  });
  const [name = '', part] = positionals;
  if (values.help || name === '') process.stdout.write(usage);
  else {
    const bench = findBench(name, part);
    await runBench(values.profile ? profiling(name, bench) : bench);
  }
} catch (error) {
  const explained =
    error instanceof StackAlreadyRunning ? 'the test stack is in use; wait for the tests that use it' : describeFailure(error);
  process.stderr.write(`\n${explained}\n`);
  process.exitCode = 1;
}
