import type { ApiClient } from '../local/client/api-client.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import { runClosedLoop, type Task } from './closed-loop.ts';
import { holdRequest, payRequest, prepareSales } from './one-sale.ts';
import { quantile } from './statistics.ts';

const buyers = 200;
const seconds = 60;

/** Milliseconds of each request of buyers who come one after another. */
export interface Alone {
  hold: number[];
  pay: number[];
}

/** Lets buyers hold a seat and pay for it, one after another, with nobody else in the shop. */
export async function measureAlone(
  stack: StackDescription,
  api: ApiClient,
  settle: () => Promise<void>,
  signal: AbortSignal,
): Promise<Alone> {
  const { buyings } = await prepareSales(stack, api, buyers, signal);
  await settle();
  const alone: Alone = { hold: [], pay: [] };
  const tasks = buyings.map<Task>((buying) => async (send) => {
    const begun = performance.now();
    const held = await send(holdRequest(buying));
    const between = performance.now();
    const paid = await send(payRequest(buying, held));
    alone.hold.push(between - begun);
    alone.pay.push(performance.now() - between);
    return paid.status === 201 ? undefined : `pay ${paid.status}`;
  });
  const bounds = { url: stack.gatewayUrl, connections: 1, seconds, most: Infinity, signal };
  await runClosedLoop(tasks.values(), bounds, (unexpected) => {
    if (unexpected !== undefined) throw new StepFailure(`a buyer alone was not served: ${unexpected}`);
  });
  return alone;
}

export function formatAlone({ hold, pay }: Alone): string {
  return `One buyer alone, ${hold.length} times: hold ${formatTimes(hold)}, pay ${formatTimes(pay)}`;
}

function formatTimes(times: readonly number[]): string {
  return `p50 ${quantile(times, 0.5).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms`;
}
