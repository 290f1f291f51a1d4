import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ensureHelm } from '../infrastructure/helm-binary.ts';
import { ensurePromtool } from '../infrastructure/promtool-binary.ts';
import { profileFolders, repositoryRoot } from '../profile.ts';
import { Progress } from '../progress.ts';
import { type Stack, startStack } from '../stack.ts';
import { describeFailure, StepFailure } from '../step-failure.ts';
import { endWhenReported } from './end-when-reported.ts';

/** A test that looks at traces listens here; nobody does the rest of the time, which is no error. */
const testTraceUrl = 'http://127.0.0.1:29411/api/v2/spans';

const usage = `npm test [-- --mysql] [-- --docker|--native] [-- -t PATTERN] [FILE…]
npm run test:unit | test:charts | test:int | test:e2e, with the same options

Starts a stack of its own (other ports and data than npm start) for integration and end-to-end tests and ends it afterwards.
  --mysql    a real MySQL in place of MariaDB
  --docker   infrastructure from containers; --native from this machine's own programs (default: Docker where an engine answers)
  -t         only tests whose name matches
`;

// End-to-end tests come before integration tests: those recount the books, these leave half-done work in them on purpose.
const suites = ['unit', 'charts', 'e2e', 'int'] as const;
type Suite = (typeof suites)[number];
const needsStack: Readonly<Record<Suite, boolean>> = { unit: false, charts: false, e2e: true, int: true };

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numRuntimeErrorTestSuites: z.number(),
  numTotalTests: z.number(),
});

interface Result {
  passed: number;
  failed: number;
}

const jest = ['--no-warnings', '--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--selectProjects'];

/** Whether the suite has test files that match. */
function hasTests(suite: Suite, file: string): boolean {
  const listing = spawnSync(process.execPath, [...jest, suite, '--listTests', '--json', file], { cwd: repositoryRoot, encoding: 'utf8' });
  if (listing.status !== 0) throw new StepFailure(`Jest could not list the tests that match ${file}: ${listing.stderr}`);
  return z.array(z.string()).parse(JSON.parse(listing.stdout)).length > 0;
}

/** Those of the suites that have files to run. @throws StepFailure when one of the patterns matches nothing */
function suitesWith(files: readonly string[], wanted: readonly Suite[]): Suite[] {
  if (files.length === 0) return [...wanted];
  const matches = files.map((file) => wanted.filter((suite) => hasTests(suite, file)));
  const missing = files.filter((_, index) => matches[index]?.length === 0);
  if (missing.length > 0) throw new StepFailure(`no test file of ${wanted.join(', ')} matches ${missing.join(', ')}`);
  return wanted.filter((suite) => matches.some((found) => found.includes(suite)));
}

/** Runs one Jest project and returns its counts; a suite that could not run counts as one failure. */
async function runJest(suite: Suite, filters: string[], signal: AbortSignal): Promise<Result> {
  // A folder of its own: a test of this command runs it within a run.
  const folder = mkdtempSync(`${tmpdir()}/ticketing-jest-`);
  try {
    return await runJestInto(`${folder}/report.json`, suite, filters, signal);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runJestInto(output: string, suite: Suite, filters: string[], signal: AbortSignal): Promise<Result> {
  // Integration and end-to-end tests share the stack: one file at a time, so that none loads or breaks it under another.
  const inTurn = needsStack[suite] ? ['--runInBand'] : [];
  const args = [
    ...jest,
    suite,
    '--json',
    // On a busy machine a few seconds are not a sign of anything.
    '--testTimeout=60000',
    `--outputFile=${output}`,
  ];
  const child = spawn(process.execPath, [...args, ...inTurn, ...filters], {
    cwd: repositoryRoot,
    env: { ...process.env, TICKETING_STACK: profileFolders('test').description },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = (): void => {
    child.kill('SIGTERM');
  };
  signal.addEventListener('abort', stop, { once: true });
  const checkEnd = endWhenReported(child, output);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  const counts = report.safeParse(readReport(output)).data;
  if (!counts) throw new StepFailure(`the ${suite} tests ended with ${code ?? 'a signal'} and no report`);
  const failed = counts.numFailedTests + counts.numRuntimeErrorTestSuites;
  checkEnd(failed);
  return { passed: counts.numPassedTests, failed };
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function listenForStop(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      controller.abort(new Error(`stopped by ${signal}`));
    });
  }
  return controller.signal;
}

/** The chart tests find both on the machine or in the cache. */
async function ensureChartTools(signal: AbortSignal): Promise<void> {
  const context = { folders: profileFolders('test'), progress: new Progress(), signal };
  await ensurePromtool(context);
  await ensureHelm(context);
}

async function runAll(
  wanted: Suite[],
  options: { mysql: boolean; infrastructure: 'auto' | 'docker' | 'native'; filters: string[] },
): Promise<Result> {
  const signal = listenForStop();
  const total: Result = { passed: 0, failed: 0 };
  let stack: Stack | undefined;
  try {
    for (const suite of wanted) {
      if (suite === 'charts') await ensureChartTools(signal);
      if (needsStack[suite]) {
        stack ??= await startStack({
          profile: 'test',
          reset: true,
          seed: false,
          instances: { queue: 2, concert: 2, reservation: 2, payment: 2 },
          mysql: options.mysql,
          traceUrl: testTraceUrl,
          infrastructure: options.infrastructure,
          signal,
          supervise: true,
        });
      }
      const { passed, failed } = await runJest(suite, options.filters, signal);
      total.passed += passed;
      total.failed += failed;
    }
    return total;
  } finally {
    await stack?.stop();
  }
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      mysql: { type: 'boolean', default: false },
      docker: { type: 'boolean', default: false },
      native: { type: 'boolean', default: false },
      testNamePattern: { type: 'string', short: 't' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) process.stdout.write(usage);
  else {
    const wanted = suites.filter((suite) => positionals.includes(suite));
    const files = positionals.filter((word) => !suites.some((suite) => suite === word));
    const { testNamePattern: name } = values;
    const filters = [...files, ...(name === undefined ? [] : ['-t', name])];
    const infrastructure = values.docker ? 'docker' : values.native ? 'native' : 'auto';
    const { passed, failed } = await runAll(suitesWith(files, wanted), { mysql: values.mysql, infrastructure, filters });
    if (passed + failed === 0) throw new StepFailure(`no test was run${name === undefined ? '' : `: no name matches ${name}`}`);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    process.exitCode = failed === 0 ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`\n${describeFailure(error)}\n`);
  process.exitCode = 1;
}
