import type { FaultCase } from './fault-case.ts';
import type { FaultShop } from './fault-shop.ts';
import { describeVerdict, type JudgeOptions, judge, strict, type Verdict } from './judge.ts';

export interface CaseOutcome {
  name: string;
  kind: FaultCase['kind'];
  /** What was seen; why it failed where it did. */
  seen: string;
  /** Why the fault itself went wrong; undefined when it had its effect. */
  failure: string | undefined;
  verdict: Verdict | undefined;
  passed: boolean;
  bought: number;
  seconds: number;
}

/** No case may hang: what takes longer than this has failed. */
const caseTimeoutMs = 240_000;

/** Lets buyers buy, brings the fault about, heals, and judges. */
export async function runCase(shop: FaultShop, { name, kind, run }: FaultCase, options: JudgeOptions = strict): Promise<CaseOutcome> {
  const started = performance.now();
  shop.load.promises.contradictions.length = 0;
  const boughtBefore = shop.load.counts.bought;
  shop.load.resume();
  let seen: string;
  let failure: string | undefined;
  try {
    seen = await withinTime(run(shop), caseTimeoutMs);
  } catch (error) {
    failure = error instanceof Error ? error.message : 'unknown';
    seen = failure;
  }
  let verdict: Verdict | undefined;
  try {
    await withinTime(shop.heal(), caseTimeoutMs);
    verdict = await withinTime(judge(shop, options), caseTimeoutMs);
  } catch (error) {
    failure ??= error instanceof Error ? error.message : 'unknown';
    seen = failure;
  }
  return {
    ...{ name, kind, seen, failure, verdict },
    passed: failure === undefined && verdict?.offences.length === 0,
    bought: shop.load.counts.bought - boughtBefore,
    seconds: (performance.now() - started) / 1_000,
  };
}

async function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${timeoutMs / 1_000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function describeOutcome({ passed, name, seen, verdict, bought, seconds }: CaseOutcome): string {
  const settled = verdict ? `, clean ${(verdict.settledAfterMs / 1_000).toFixed(1)} s after healing` : '';
  const line = `${passed ? '✓' : '✗'} ${name} (${seconds.toFixed(0)} s): ${seen}; ${bought} bought${passed ? settled : ''}`;
  return verdict && verdict.offences.length > 0 ? `${line}\n${describeVerdict(verdict)}` : line;
}
