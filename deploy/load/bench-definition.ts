import type { ServiceName } from '../local/services.ts';
import type { StackDescription } from '../local/stack-description.ts';

/** A benchmark as `npm run bench -- NAME` runs it, on an empty stack. It prints its own table. */
export interface Bench {
  summary: string;
  instances: Partial<Record<ServiceName, number>>;
  run: (stack: StackDescription, signal: AbortSignal) => Promise<void>;
}
