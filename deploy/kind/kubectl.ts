import { readCommand } from './read-command.ts';

/** Runs kubectl against one chosen cluster and returns what it printed. Secrets go in by `stdin` only. */
export type Kubectl = (args: string[], stdin?: string) => Promise<string>;

/** A kubectl that works on this context alone, whichever is the current one. */
export function kubectlFor(context: string, signal: AbortSignal): Kubectl {
  const fix = `is the cluster up? kubectl --context ${context} get nodes`;
  return (args, stdin) => readCommand('kubectl', ['--context', context, ...args], { stdin, signal, fix });
}
