import { readFileSync, writeFileSync } from 'node:fs';
import { pollUntil } from '@ticketing/common/poll-until';
import { z } from 'zod';
import { repositoryRoot } from '../../local/profile.ts';

const source = `${repositoryRoot}services/concert/src/concerts/get-concert.ts`;
const message = 'There is no such concert';
const noConcert = '00000000-0000-7000-8000-000000000000';
const edits = 3;
/** Two cores with nothing else to do take less than half of it. */
const patienceMs = 10_000;

async function hasMessage(gatewayUrl: string, wanted: string): Promise<boolean> {
  const answer = await fetch(`${gatewayUrl}/api/v1/concerts/${noConcert}`, { signal: AbortSignal.timeout(patienceMs) });
  const problem = z.object({ detail: z.string().optional() }).safeParse(await answer.json().catch(() => undefined));
  return problem.data?.detail === `${wanted}.`;
}

/** @returns the milliseconds from saving the file to the answer of the service that has been restarted */
async function save(gatewayUrl: string, text: string, wanted: string, signal: AbortSignal): Promise<number> {
  const savedAt = performance.now();
  writeFileSync(source, text);
  // While the service restarts, there may be no answer at all.
  const arrived = () => hasMessage(gatewayUrl, wanted).catch(() => false);
  const look = async () => {
    signal.throwIfAborted();
    return (await arrived()) ? true : undefined;
  };
  const seen = await pollUntil(look, patienceMs);
  if (!seen) throw new Error(`"${wanted}" has not arrived after ${patienceMs / 1_000} s`);
  return performance.now() - savedAt;
}

/** Edits a message in the sources of a service several times in a row, and puts it right again. @returns how long each took to arrive */
export async function editSource(gatewayUrl: string, signal: AbortSignal): Promise<number[]> {
  const original = readFileSync(source, 'utf8');
  if (!original.includes(message)) throw new Error(`${source} has no "${message}"`);
  const times: number[] = [];
  try {
    for (let edit = 1; edit <= edits; edit += 1) {
      const edited = `${message} (${edit})`;
      times.push(await save(gatewayUrl, original.replace(message, edited), edited, signal));
    }
    times.push(await save(gatewayUrl, original, message, signal));
  } finally {
    writeFileSync(source, original);
  }
  return times;
}
