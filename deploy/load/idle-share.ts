import type { StackDescription } from '../local/stack-description.ts';
import { type CpuByProcess, idleCpu, servingCpu } from './cpu-time.ts';
import { formatShares } from './format-rows.ts';
import { median } from './statistics.ts';

/** How the stack is looked at while nobody asks it for anything. */
export interface IdleLook {
  times: number;
  seconds: number;
}

/** How much of a core each part of the stack takes while it is left alone: the medians of several looks. */
export async function idleShare({ profile }: StackDescription, { times, seconds }: IdleLook, signal: AbortSignal): Promise<CpuByProcess> {
  const looks: CpuByProcess[] = [];
  for (let look = 0; look < times; look += 1) looks.push(await idleCpu(profile, seconds, signal));
  const names = new Set(looks.flatMap((used) => [...used.keys()]));
  return new Map([...names].map((name) => [name, median(looks.map((used) => used.get(name) ?? 0))]));
}

export function formatIdle(share: CpuByProcess): string {
  return `${percent(servingCpu(share))} of a core (${formatShares(share, percent)})`;
}

export function percent(cores: number): string {
  return `${(cores * 100).toFixed(1)} %`;
}
