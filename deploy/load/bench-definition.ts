import type { ServiceName } from '../local/services.ts';
import type { StackOptions } from '../local/stack.ts';
import type { StackDescription } from '../local/stack-description.ts';

type Run = (stack: StackDescription, signal: AbortSignal) => Promise<void>;

/** A benchmark as `npm run bench -- NAME` runs it, on an empty stack. It prints its own table. */
export interface Bench {
  summary: string;
  instances: Partial<Record<ServiceName, number>>;
  /** More environment for the instances of a service. */
  env?: StackOptions['env'];
  /** `native` where CPU time is read from processes of this machine. */
  infrastructure?: StackOptions['infrastructure'];
  run: Run;
  /** What `npm run bench -- NAME PART` runs in place of it, by PART. */
  parts?: Readonly<Record<string, Run>>;
  /** What runs in place of it with `--profile`, on services that can write CPU profiles of themselves. */
  profile?: Run;
}
