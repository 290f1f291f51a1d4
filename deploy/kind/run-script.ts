import { type ParseArgsConfig, parseArgs } from 'node:util';
import { localFolder, profileFolders } from '../local/profile.ts';
import { Progress } from '../local/progress.ts';
import type { ToolContext } from '../local/stack-context.ts';
import { describeFailure, StepFailure } from '../local/step-failure.ts';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What a shell reports for a command that Ctrl-C has ended. */
const interruptedCode = 130;

/** Reads the command line. @throws StepFailure for an option that there is not */
export function readOptions<const T extends NonNullable<ParseArgsConfig['options']>>(
  options: T,
  help: string,
  args: readonly string[] = process.argv.slice(2),
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new StepFailure(error instanceof Error ? error.message : String(error), { fix: `${help} -- --help lists the options` });
  }
}

/**
 * Runs a script's work to its end. Ctrl-C aborts the signal, which ends the command that runs just now; every step may be run again,
 * so starting the script once more goes on from there.
 */
export async function runScript(work: (context: ToolContext) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const context = { folders: { ...profileFolders('dev'), logs: `${localFolder}/kind/logs` }, progress: new Progress(), signal };
  for (const name of stopSignals) process.on(name, () => controller.abort(new Error(`stopped by ${name}`)));
  try {
    await work(context);
  } catch (error) {
    process.stderr.write(signal.aborted ? '\nstopped; run it again to go on\n' : `\n${describeFailure(error)}\n`);
    process.exitCode = signal.aborted ? interruptedCode : 1;
  }
}
