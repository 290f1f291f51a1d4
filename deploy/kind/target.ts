import { StepFailure } from '../local/step-failure.ts';

/** Of the cluster that `npm run kind:up` makes. */
export const clusterName = 'ticketing';
export const ownContext = `kind-${clusterName}`;
export const defaultNamespace = 'ticketing';

export interface TargetOptions {
  readonly context?: string | undefined;
  readonly 'yes-i-mean'?: string | undefined;
}

/**
 * Which of the contexts in the kubeconfig to work on. The current one is never taken: it may be anybody's.
 * @throws StepFailure for a context that is not kind's, unless its name was given a second time
 */
export function chooseContext({ context = ownContext, 'yes-i-mean': confirmed }: TargetOptions): string {
  if (confirmed !== undefined && confirmed !== context) {
    throw new StepFailure(`--yes-i-mean ${confirmed} is not the context that is worked on, ${context}`);
  }
  if (context.startsWith('kind-') || confirmed === context) return context;
  throw new StepFailure(`"${context}" is not a kind cluster`, { fix: `if you do mean it: --context ${context} --yes-i-mean ${context}` });
}
