import { z } from 'zod';
import type { PodTemplate } from './pod-templates.ts';
import { podsOf } from './product-chart.ts';
import type { Manifest } from './render-chart.ts';
import type { Call } from './runbook-calls.ts';

const strings = z.record(z.string(), z.string());
const secretRef = z.looseObject({ valueFrom: z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) }) });
const claims = z.looseObject({
  volumeClaimTemplates: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })).default([]),
});

/** What there is in a cluster with both releases, by the names that kubectl takes. */
export interface ClusterObjects {
  /** As `kind/name`. */
  names: Set<string>;
  /** The makers of pods by `kind/name`, and the pods of StatefulSets. */
  pods: Map<string, PodTemplate>;
  /** The labels of whatever has some. */
  labels: Record<string, string>[];
  /** As `SECRET/KEY`. */
  secrets: Set<string>;
}

/** Names of kinds as the runbooks have them. */
const kinds: Readonly<Record<string, string>> = {
  deployment: 'Deployment',
  statefulset: 'StatefulSet',
  cronjob: 'CronJob',
  service: 'Service',
  hpa: 'HorizontalPodAutoscaler',
};

export function objectsOf(manifests: readonly Manifest[]): ClusterObjects {
  const objects: ClusterObjects = { names: new Set(), pods: new Map(), labels: [], secrets: new Set() };
  const shortKinds = new Map(Object.entries(kinds).map(([short, kind]) => [kind, short]));
  for (const { kind, metadata } of manifests) {
    objects.names.add(`${shortKinds.get(kind) ?? kind.toLowerCase()}/${metadata.name}`);
    objects.labels.push(metadata.labels);
    // Of the EndpointSlices that Kubernetes makes for it.
    if (kind === 'Service') objects.labels.push({ 'kubernetes.io/service-name': metadata.name });
  }
  for (const { maker, template } of podsOf(manifests)) {
    const short = shortKinds.get(maker.kind) ?? maker.kind.toLowerCase();
    objects.pods.set(`${short}/${maker.metadata.name}`, template);
    objects.labels.push(template.metadata.labels);
    for (const { env } of template.spec.containers) {
      for (const variable of env.flatMap((item) => secretRef.safeParse(item).data ?? [])) {
        const { name, key } = variable.valueFrom.secretKeyRef;
        objects.secrets.add(`${name}/${key}`);
      }
    }
    for (const entry of (template.metadata.annotations['dapr.io/env-from-secret'] ?? '').split(',').filter(Boolean)) {
      objects.secrets.add(entry.slice(entry.indexOf('=') + 1).replace(':', '/'));
    }
    for (const name of ['dapr.io/api-token-secret', 'dapr.io/app-token-secret']) {
      const secret = template.metadata.annotations[name];
      if (secret !== undefined) objects.secrets.add(`${secret}/token`);
    }
    if (maker.kind !== 'StatefulSet') continue;
    objects.pods.set(`pod/${maker.metadata.name}-0`, template);
    objects.names.add(`pod/${maker.metadata.name}-0`);
    for (const claim of claims.parse(maker.spec).volumeClaimTemplates)
      objects.names.add(`pvc/${claim.metadata.name}-${maker.metadata.name}-0`);
  }
  for (const secret of objects.secrets) objects.names.add(`secret/${secret.split('/')[0]}`);
  return objects;
}

const valueFlags = {
  get: ['-l', '-o', '--sort-by', '--field-selector'],
  logs: ['-l', '-c', '--tail', '--since'],
  exec: ['-c'],
  'rollout status': ['--timeout'],
  'rollout restart': ['-l'],
  'rollout undo': ['--to-revision'],
  delete: [],
  scale: ['-l', '--replicas'],
  wait: ['-l', '--for', '--timeout'],
  patch: ['--patch', '--patch-file'],
  'create job': ['--from'],
  'set env': ['-c'],
  'top pods': ['-l'],
  'top nodes': [],
} satisfies Record<string, string[]>;
type Verb = keyof typeof valueFlags;
const switches: Partial<Record<Verb, string[]>> = { logs: ['--previous', '--prefix', '--follow'], exec: ['-i'] };
const isVerb = (text: string): text is Verb => Object.hasOwn(valueFlags, text);

/** A call of kubectl, taken apart. */
interface Command {
  verb: Verb;
  /** What is neither verb nor option, up to `--`. */
  words: string[];
  options: Record<string, string>;
}

/** @throws Error naming an option or a verb that it does not know */
function parseCommand(args: readonly string[]): Command {
  const two = args.slice(0, 2).join(' ');
  const verb = isVerb(two) ? two : (args[0] ?? '');
  if (!isVerb(verb)) throw new Error(`kubectl ${two}: unknown to this test`);
  const command: Command = { verb, words: [], options: {} };
  const end = args.indexOf('--');
  const own = args.slice(verb.split(' ').length, end === -1 ? undefined : end);
  for (let at = 0; at < own.length; at += 1) {
    const word = own[at] ?? '';
    const [name = '', ...rest] = word.split('=');
    if (!name.startsWith('-')) command.words.push(word);
    else if (switches[verb]?.includes(name)) command.options[name] = '';
    else if (!valueFlags[verb].some((flag) => flag === name)) throw new Error(`kubectl ${verb} has no option ${name}`);
    else if (rest.length > 0) command.options[name] = rest.join('=');
    else {
      at += 1;
      command.options[name] = own[at] ?? '';
    }
  }
  return command;
}

/** `kind/name` of each object that the words name; kinds alone, and names that the reader puts in, are left out. */
function namesIn({ verb, words }: Command): string[] {
  if (verb === 'create job' || verb === 'top pods' || verb === 'top nodes') return [];
  const [first = '', second] = verb === 'set env' ? words.slice(0, 1) : words;
  const isPod = verb === 'exec' || verb === 'logs';
  const named = first.includes('/') ? first : isPod ? `pod/${first}` : second === undefined ? '' : `${first}/${second}`;
  return named === '' || named.endsWith('/') || /\/[A-Z][A-Z-]*$/.test(named) ? [] : [named];
}

const matches = (labels: Record<string, string>, selector: string): boolean =>
  selector.split(',').every((term) => labels[term.split('=')[0] ?? ''] === term.split('=')[1]);

/** What is wrong with a call of kubectl in the namespace of the releases; empty when nothing is. */
export function problemsOf({ args }: Call, objects: ClusterObjects, madeJobs: ReadonlySet<string>): string[] {
  const command = parseCommand(args);
  const { options, words } = command;
  const problems: string[] = [];
  const names = namesIn(command);
  for (const name of names) {
    if (!objects.names.has(name) && !(name.startsWith('job/') && madeJobs.has(name))) problems.push(`there is no ${name}`);
  }
  const selector = options['-l'];
  if (selector !== undefined && !objects.labels.some((labels) => matches(labels, selector)))
    problems.push(`nothing is labelled ${selector}`);
  const from = options['--from'];
  if (from !== undefined && !objects.names.has(from)) problems.push(`there is no ${from}`);
  const container = options['-c'];
  if (container !== undefined) {
    const templates = [...objects.pods.values()].filter(
      (template) => selector !== undefined && matches(template.metadata.labels, selector),
    );
    const candidates = selector === undefined ? names.flatMap((name) => objects.pods.get(name) ?? []) : templates;
    const containers = candidates.flatMap(({ spec, metadata }) => [
      ...spec.containers.map(({ name }) => name),
      ...(metadata.annotations['dapr.io/enabled'] === 'true' ? ['daprd'] : []),
    ]);
    if (containers.length > 0 && !containers.includes(container)) problems.push(`there is no container ${container}`);
  }
  const key = /^jsonpath=\{\.data\.(.+)\}$/.exec(options['-o'] ?? '')?.[1];
  if (key !== undefined && !objects.secrets.has(`${words[1]}/${key}`)) problems.push(`${words[1]} has no ${key}`);
  if (options['--patch'] !== undefined) strings.or(z.looseObject({})).parse(JSON.parse(options['--patch']));
  return problems;
}
