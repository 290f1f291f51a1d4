import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { backstopMs } from '@ticketing/common/dapr';
import { sideCallMs } from '@ticketing/common/rpc-client';
import { parse } from 'yaml';
import { z } from 'zod';
import { searchTimeoutsMs } from '../../services/concert/src/search/search-client.ts';
import { repositoryRoot } from './profile.ts';
import { serviceNames } from './services.ts';

const folder = `${repositoryRoot}components`;
const policyNames = z.strictObject({ timeout: z.string().optional(), retry: z.string(), circuitBreaker: z.string().optional() });
const retry = z.looseObject({ duration: z.string().optional(), maxRetries: z.number() });
const resiliency = z.object({
  spec: z.object({
    policies: z.object({
      timeouts: z.record(z.string(), z.string()),
      retries: z.record(z.string(), retry),
      circuitBreakers: z.record(z.string(), z.unknown()),
    }),
    targets: z.object({
      apps: z.record(z.string(), policyNames),
      components: z.record(z.string(), z.object({ outbound: policyNames, inbound: policyNames.optional() })),
    }),
  }),
});
const resource = z.looseObject({ kind: z.string(), metadata: z.object({ name: z.string() }) });

const { policies, targets } = resiliency.parse(parse(readFileSync(`${folder}/resiliency.yaml`, 'utf8'))).spec;
const resources = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => resource.parse(parse(readFileSync(`${folder}/${file}`, 'utf8'))));
const namesOf = (kind: string): string[] => resources.filter((item) => item.kind === kind).map(({ metadata }) => metadata.name);

function milliseconds(duration: string): number {
  const [, amount, unit] = /^(\d+)(ms|s)$/.exec(duration) ?? [];
  if (amount === undefined) throw new Error(`${duration} is no duration`);
  return Number(amount) * (unit === 's' ? 1_000 : 1);
}

/** The longest that a call may take by its policies. */
function longestMs({ timeout, retry: name }: z.infer<typeof policyNames>): number {
  const { duration, maxRetries } = policies.retries[name]!;
  if (timeout === undefined || duration === undefined) throw new Error('the call has no end');
  return milliseconds(policies.timeouts[timeout]!) * (maxRetries + 1) + milliseconds(duration) * maxRetries;
}

describe('the policies', () => {
  it('are for every service, every HTTPEndpoint and every component', () => {
    expect(Object.keys(targets.apps).sort()).toEqual(
      [...serviceNames.filter((name) => name !== 'gateway'), ...namesOf('HTTPEndpoint')].sort(),
    );
    expect(Object.keys(targets.components).sort()).toEqual(namesOf('Component').sort());
  });

  it('that targets name are there, and are all named', () => {
    const named = [
      ...Object.values(targets.apps),
      ...Object.values(targets.components).flatMap(({ outbound, inbound }) => [outbound, inbound ?? outbound]),
    ];
    const used = (kind: keyof z.infer<typeof policyNames>): string[] => [...new Set(named.flatMap((target) => target[kind] ?? []))].sort();
    expect(used('timeout')).toEqual(Object.keys(policies.timeouts).sort());
    expect(used('retry')).toEqual(Object.keys(policies.retries).sort());
    expect(used('circuitBreaker')).toEqual(Object.keys(policies.circuitBreakers).sort());
  });

  it('have no timeout for settings, because it would end each subscription', () => {
    expect(targets.components['ticketing-settings']).toEqual({ outbound: { retry: 'never' } });
  });
});

describe('limits in code', () => {
  it('are longer than what the policies allow, or shorter than all of them where an answer can be done without', () => {
    const { elasticsearch, 'elasticsearch-bulk': bulk, ...services } = targets.apps;
    const components = Object.entries(targets.components).flatMap(([name, { outbound }]) =>
      name === 'ticketing-settings' ? [] : [outbound],
    );
    const calls = [...Object.values(services), ...components];
    expect(backstopMs).toBeGreaterThan(Math.max(...calls.map(longestMs)));
    expect(searchTimeoutsMs.elasticsearch).toBeGreaterThan(longestMs(elasticsearch!));
    expect(searchTimeoutsMs['elasticsearch-bulk']).toBeGreaterThan(longestMs(bulk!));
    expect(sideCallMs).toBeLessThan(Math.min(...Object.values(services).map(longestMs)));
  });
});
