import { z } from 'zod';
import { buildOnce, contentHash } from '../local/cached-build.ts';
import { repositoryRoot } from '../local/profile.ts';
import { runGo } from '../local/run-go.ts';
import { logFile, type ToolContext } from '../local/stack-context.ts';
import { readCommand } from './read-command.ts';

const sources = `${repositoryRoot}deploy/kind/static-checks`;
const sourceFiles = ['main.go', 'assemble.go', 'builtins.go', 'yaml.go', 'go.mod', 'go.sum'].map((file) => `${sources}/${file}`);

const callsSchema = z.array(z.object({ function: z.string(), arguments: z.record(z.string(), z.unknown()) }));

/** A call of one of Tilt's functions: the arguments that it was given, by parameter. */
export type TiltCall = z.infer<typeof callsSchema>[number];

export interface TiltfileRun {
  /** A Tiltfile; the files that it names are looked for beside it. */
  readonly file: string;
  /** The current context of the kubeconfig. */
  readonly context: string;
  /** The helm that renders the charts. */
  readonly helm: string;
}

/** The program that executes a Tiltfile with stand-ins for Tilt's functions. */
export function buildStaticChecks(context: ToolContext): Promise<string> {
  return buildOnce(`static-checks-${contentHash(sourceFiles)}`, (target) =>
    runGo(['build', '-trimpath', '-o', target, '.'], {
      cwd: sources,
      env: { CGO_ENABLED: '0' },
      log: logFile(context, 'static-checks-build'),
      signal: context.signal,
      fix: 'Go 1.26 or newer must be on the PATH, with access to a Go module proxy',
      polite: true,
    }),
  );
}

/** Executes the Tiltfile. @throws StepFailure saying where it went wrong */
export async function runTiltfile(program: string, { file, context, helm }: TiltfileRun): Promise<TiltCall[]> {
  return callsSchema.parse(JSON.parse(await readCommand(program, ['-context', context, '-helm', helm, file])));
}
