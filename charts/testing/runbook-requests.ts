import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { settingDefinitions as ofQueue } from '../../services/queue/src/settings.ts';
import { settingDefinitions as ofReservation } from '../../services/reservation/src/settings.ts';
import type { Call } from './runbook-calls.ts';

const schema = z.looseObject({ $ref: z.string().optional(), properties: z.record(z.string(), z.unknown()).optional() });
const operation = z.looseObject({
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).default([]),
  requestBody: z.looseObject({ content: z.looseObject({ 'application/json': z.object({ schema }) }) }).optional(),
});
const openapi = z
  .object({
    paths: z.record(z.string(), z.record(z.string(), z.unknown())),
    components: z.object({ schemas: z.record(z.string(), schema) }),
  })
  .parse(JSON.parse(readFileSync(`${repositoryRoot}docs/openapi.json`, 'utf8')));
const settings = new Set<string>([...Object.keys(ofQueue), ...Object.keys(ofReservation)]);

/** The template of the path, and its operation. */
function find(method: string, path: string) {
  for (const [template, operations] of Object.entries(openapi.paths)) {
    const pattern = new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
    if (pattern.test(path) && operations[method] !== undefined) return { template, ...operation.parse(operations[method]) };
  }
  return undefined;
}

/** Lists where a call of curl differs from docs/openapi.json. */
export function requestProblems({ args }: Call): string[] {
  const url = args.find((word) => word.startsWith('https://'));
  if (url === undefined) return ['curl without an address of the shop'];
  const body = args.includes('-d') ? args[args.indexOf('-d') + 1] : undefined;
  const method = args.includes('-X') ? (args[args.indexOf('-X') + 1] ?? '') : body === undefined ? 'GET' : 'POST';
  const { pathname, searchParams } = new URL(url);
  const found = find(method.toLowerCase(), pathname);
  if (!found) return [`the API has no ${method} ${pathname}`];
  const parameters = new Set(found.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name));
  const problems = [...searchParams.keys()].filter((name) => !parameters.has(name)).map((name) => `${pathname} has no ${name}`);
  const key = found.template.endsWith('/settings/{key}') ? pathname.split('/').at(-1) : undefined;
  if (key !== undefined && !settings.has(key)) problems.push(`there is no setting ${key}`);
  if (body === undefined) return problems;
  const given = found.requestBody?.content['application/json'].schema;
  const { properties = {} } = (given?.$ref ? openapi.components.schemas[given.$ref.split('/').at(-1) ?? ''] : given) ?? {};
  const names = Object.keys(z.record(z.string(), z.unknown()).parse(JSON.parse(body)));
  return [...problems, ...names.filter((name) => !(name in properties)).map((name) => `${method} ${pathname} takes no ${name}`)];
}
