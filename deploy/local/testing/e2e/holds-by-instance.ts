import { request } from 'undici';
import type { StackDescription } from '../../stack-description.ts';

/** How many asked holds each instance of the reservation service has answered since its start, whatever the answer was. */
export async function holdsByInstance({ instances }: StackDescription): Promise<Map<string, number>> {
  const serving = instances.filter(({ service }) => service === 'reservation');
  const counted = serving.map(async ({ name, url }): Promise<[string, number]> => {
    const text = await (await request(`${url}/metrics`)).body.text();
    const samples = text.matchAll(/^ticketing_holds_total\{.*\} (\d+)$/gm);
    return [name, [...samples].reduce((sum, [, value]) => sum + Number(value), 0)];
  });
  return new Map(await Promise.all(counted));
}

/** The instances whose count has grown in between. */
export function busyInstances(before: Map<string, number>, after: Map<string, number>): string[] {
  return [...after].filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name]) => name);
}
