import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../../profile.ts';
import { describeFailure, StepFailure } from '../../step-failure.ts';
import { allCases } from './all-cases.ts';
import type { FaultCase } from './fault-case.ts';
import { type FaultShop, openFaultShop } from './fault-shop.ts';
import { faultTable } from './fault-table.ts';
import { type Mutant, mutants } from './mutants.ts';
import { type CaseOutcome, describeOutcome, runCase } from './run-case.ts';
import { runMutants } from './run-mutants.ts';

const usage = `npm run test:faults [-- --list] [-- --selection ci] [-- --only TEXT] [-- --write] [-- --mutate]

Kills, pauses and confuses the processes of a stack of its own while buyers buy, and recounts the books after each fault.
  --list        name the faults
  --selection   ci: only those that every build runs
  --only        only those whose name (with --mutate: whose guard) contains the text; may be given several times
  --write       write what was seen into docs/faults.md; rows of faults that are not tried stay
  --mutate      take one guard after the other out of a copy of the build, and show that the faults that fit it find that out
Ends with 0 only if the books are clean after every fault; with --mutate, only if every missing guard is found out.
`;

function chooseCases(selection: string | undefined, only: string[]): FaultCase[] {
  if (selection !== undefined && selection !== 'ci') throw new StepFailure(`there is no selection "${selection}"; there is: ci`);
  const chosen = allCases.filter(
    ({ name, ci = false }) => (selection === undefined || ci) && (only.length === 0 || only.some((text) => name.includes(text))),
  );
  if (chosen.length === 0) throw new StepFailure('no fault has such a name', { fix: 'npm run test:faults -- --list' });
  return chosen;
}

function chooseMutants(only: string[]): Mutant[] {
  const chosen = mutants.filter(({ guard }) => only.length === 0 || only.some((text) => guard.includes(text)));
  if (chosen.length === 0) {
    throw new StepFailure('no guard has such a name', { fix: `name one of: ${mutants.map(({ guard }) => guard).join('; ')}` });
  }
  return chosen;
}

function listenForStop(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => controller.abort(new Error(`stopped by ${signal}`)));
  return controller.signal;
}

async function runCases(shop: FaultShop, cases: readonly FaultCase[], signal: AbortSignal): Promise<CaseOutcome[]> {
  const outcomes: CaseOutcome[] = [];
  for (const [index, fault] of cases.entries()) {
    signal.throwIfAborted();
    const outcome = await untilAborted(runCase(shop, fault), signal);
    process.stdout.write(`[${index + 1}/${cases.length}] ${describeOutcome(outcome)}\n`);
    outcomes.push(outcome);
  }
  return outcomes;
}

/** Ctrl-C does not wait for the end of a case. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Error('stopped'));
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

async function testFaults(cases: readonly FaultCase[], written: boolean, signal: AbortSignal): Promise<boolean> {
  const shop = await openFaultShop(signal);
  try {
    const started = performance.now();
    const outcomes = await runCases(shop, cases, signal);
    const minutes = (performance.now() - started) / 60_000;
    if (written) writeTable(outcomes);
    const failed = outcomes.filter(({ passed }) => !passed);
    process.stdout.write(`${outcomes.length} faults in ${minutes.toFixed(1)} minutes, ${failed.length} left something behind\n`);
    for (const { name } of failed) process.stdout.write(`  ${name}\n`);
    return failed.length === 0;
  } finally {
    await shop.close();
  }
}

function writeTable(outcomes: readonly CaseOutcome[]): void {
  const path = `${repositoryRoot}docs/faults.md`;
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const names = allCases.map(({ name }) => name);
  writeFileSync(path, faultTable(before, outcomes, names));
}

async function testMutants(chosen: readonly Mutant[], signal: AbortSignal): Promise<boolean> {
  const shop = await openFaultShop(signal);
  try {
    return await untilAborted(runMutants(shop, chosen, signal), signal);
  } finally {
    await shop.close();
  }
}

const signal = listenForStop();
try {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h' },
      list: { type: 'boolean', default: false },
      selection: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      mutate: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  if (values.help) process.stdout.write(usage);
  else if (values.list) {
    for (const { kind, name, ci = false } of chooseCases(values.selection, values.only))
      process.stdout.write(`${kind.padEnd(16)}  ${ci ? 'ci' : '  '}  ${name}\n`);
  } else {
    const done = values.mutate
      ? testMutants(chooseMutants(values.only), signal)
      : testFaults(chooseCases(values.selection, values.only), values.write, signal);
    process.exitCode = (await done) ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(signal.aborted ? '\nstopped\n' : `\n${describeFailure(error)}\n`);
  process.exitCode = signal.aborted ? 130 : 1;
}
