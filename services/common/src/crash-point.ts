import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { InvalidConfiguration } from './config.ts';

/** What a test wants at a point: that the process dies, or that it stands still until somebody lets it go on. */
const orderSchema = z.object({ point: z.string(), signal: z.enum(['SIGKILL', 'SIGSTOP']) });

const variable = 'TICKETING_CRASH_ORDERS';

/**
 * A named place between two steps, at which a test can let this process die or stand still. It does nothing, and costs no more than the
 * call, unless the environment names a file for orders, which a production environment refuses.
 * @param point the service's subject and the step, for example `confirm.before-commit`
 */
export const crashPoint: (point: string) => Promise<void> | undefined = createCrashPoint(process.env[variable]);

/** @param orders the file in which an order may stand; undefined: there are no crash points */
export function createCrashPoint(orders: string | undefined): (point: string) => Promise<void> | undefined {
  if (orders === undefined) return () => undefined;
  return (point) => {
    const order = readOrder(orders);
    return order?.point === point && takeOrder(orders) ? obey(order.signal) : undefined;
  };
}

/** @throws InvalidConfiguration outside of tests, where nothing may end a process on command */
export function refuseCrashPoints(environment: NodeJS.ProcessEnv): void {
  if (environment[variable] === undefined || environment.NODE_ENV === 'test') return;
  throw new InvalidConfiguration(`${variable} is set: crash points are for tests only (NODE_ENV=test)`);
}

function readOrder(file: string): z.infer<typeof orderSchema> | undefined {
  try {
    return orderSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Of several processes that come by at once, one takes the order; it leaves word who it was. */
function takeOrder(file: string): boolean {
  try {
    rmSync(file);
  } catch {
    return false;
  }
  writeFileSync(`${file}.taken`, process.env.INSTANCE_ID ?? String(process.pid));
  return true;
}

async function obey(signal: 'SIGKILL' | 'SIGSTOP'): Promise<void> {
  process.kill(process.pid, signal);
  await nextTurn();
}
