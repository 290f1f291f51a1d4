import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type CommandOptions, runCommand } from '../run-command.ts';
import { StepFailure } from '../step-failure.ts';

const execute = promisify(execFile);

type PullOptions = Pick<CommandOptions, 'log' | 'signal'>;

/** Runs docker and returns what it printed. `environment` is for compose files, which are not read without their variables. */
export async function docker(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
  try {
    const { stdout } = await execute('docker', args, { env: { ...process.env, ...environment } });
    return stdout.trim();
  } catch (error) {
    throw new StepFailure(error instanceof Error ? error.message : String(error));
  }
}

async function hasImage(reference: string): Promise<boolean> {
  return docker(['image', 'inspect', '--format', '{{.Id}}', reference]).then(
    () => true,
    () => false,
  );
}

/** Pulls the image unless the engine has it. @throws StepFailure where that does not work */
export async function ensureImage(reference: string, options: PullOptions): Promise<void> {
  if (await hasImage(reference)) return;
  try {
    await runCommand('docker', ['pull', '--quiet', reference], options);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    throw new StepFailure(`the image ${reference} cannot be pulled`, { log: options.log });
  }
}

/** Copies a file out of an image, for which a container is made and never started. */
export async function copyFromImage(reference: string, file: string, target: string, options: PullOptions): Promise<void> {
  await ensureImage(reference, options);
  // The engine makes no container without a command, and not every image has one.
  const container = await docker(['create', reference, file]);
  try {
    await docker(['cp', `${container}:${file}`, target]);
  } finally {
    await docker(['rm', container]);
  }
}
