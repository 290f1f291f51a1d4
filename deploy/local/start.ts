import { isDeepStrictEqual } from 'node:util';
import { instancePorts, resolvePorts } from './ports.ts';
import { isAlive } from './process-identity.ts';
import { readRecords } from './process-record.ts';
import { Progress } from './progress.ts';
import type { Stack, StackOptions } from './stack.ts';
import { StackAlreadyRunning, startStack } from './stack.ts';
import type { StackDescription } from './stack-description.ts';
import { parseStartCommand, startUsage } from './start-options.ts';
import { describeFailure } from './step-failure.ts';
import { stopRecordedProcesses } from './stop-stack.ts';
import { watchStack } from './watch-stack.ts';
import { printWelcome } from './welcome.ts';

/** The terminal, npm and its shell each pass on the same Ctrl-C; what comes this soon after is not a second one. */
const sameSignalMs = 1_000;
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborts at the first signal; a second one kills everything without asking. */
function listenForStop(): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstAt === 0) {
      firstAt = Date.now();
      process.stdout.write(`\n${signal}: stopping everything; once more to kill\n`);
      controller.abort(new Error(`stopped by ${signal}`));
    } else if (Date.now() - firstAt > sameSignalMs) {
      void stopRecordedProcesses('dev', new Progress(), true).finally(() => process.exit(1));
    }
  };
  for (const signal of stopSignals) process.on(signal, onSignal);
  return controller.signal;
}

/** Whether the running stack is what was asked for, as far as ports and numbers of instances go. */
function matches(running: StackDescription, options: StackOptions): boolean {
  const ports = resolvePorts('dev', options.ports);
  const samePorts = running.instances.every(({ service, index, appPort }) => instancePorts(ports, service, index).app === appPort);
  const wanted = Object.entries(options.instances ?? {});
  const counted = wanted.map(([service]) => [service, running.instances.filter((instance) => instance.service === service).length]);
  return samePorts && isDeepStrictEqual(wanted, counted);
}

function reportRunning(running: StackDescription, options: StackOptions): number {
  const same = matches(running, options);
  const hint = same ? '' : ' with other ports or instances; npm run stop ends it, then start again';
  process.stdout.write(`already running at ${running.gatewayUrl}${hint}\n`);
  const dead = readRecords(running.profile).filter((record) => record.container === undefined && !isAlive(record));
  for (const { name, log } of dead) process.stdout.write(`  but ${name} does not run; its log: ${log}\n`);
  return same ? 0 : 1;
}

async function stayInForeground(stack: Stack, signal: AbortSignal): Promise<void> {
  process.stdout.write('Ctrl-C stops everything.\n');
  await watchStack(stack.profile, signal, (line) => process.stdout.write(`${line}\n`));
  await stack.stop();
}

async function start(args: readonly string[]): Promise<number> {
  const command = parseStartCommand(args);
  if (command.help) {
    process.stdout.write(startUsage);
    return 0;
  }
  const signal = listenForStop();
  try {
    const stack = await startStack({ ...command.options, signal, supervise: !command.detach });
    printWelcome(stack, stack.elapsed);
    if (!command.detach) await stayInForeground(stack, signal);
    return 0;
  } catch (error) {
    if (error instanceof StackAlreadyRunning) return reportRunning(error.running, command.options);
    if (signal.aborted) return 130;
    throw error;
  }
}

try {
  process.exitCode = await start(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`\n${describeFailure(error)}\n`);
  process.exitCode = 1;
}
