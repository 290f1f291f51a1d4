import { BlockList, isIPv6 } from 'node:net';
import { z } from 'zod';
import type { Manifest } from './render-chart.ts';

/** A pod as network policies see it. */
export interface PodEnd {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Those of its namespace, beside its name, which every namespace has. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  /** Its ports by name, for rules that use names. */
  readonly ports?: Readonly<Record<string, number>>;
}

/** Somebody outside of the cluster. */
export interface OutsideEnd {
  readonly ip: string;
}

export type End = PodEnd | OutsideEnd;

export interface Port {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

const selectorSchema = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});
const peerSchema = z.strictObject({
  podSelector: selectorSchema.optional(),
  namespaceSelector: selectorSchema.optional(),
  ipBlock: z.strictObject({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
});
const portSchema = z.strictObject({
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  port: z.union([z.number(), z.string()]).optional(),
  endPort: z.number().optional(),
});
const ruleOf = { ports: z.array(portSchema).default([]) };
const specSchema = z.strictObject({
  podSelector: selectorSchema,
  policyTypes: z.array(z.enum(['Ingress', 'Egress'])).optional(),
  ingress: z.array(z.strictObject({ ...ruleOf, from: z.array(peerSchema).default([]) })).optional(),
  egress: z.array(z.strictObject({ ...ruleOf, to: z.array(peerSchema).default([]) })).optional(),
});

type Selector = z.infer<typeof selectorSchema>;
type Peer = z.infer<typeof peerSchema>;
type Direction = 'Ingress' | 'Egress';

interface Rule {
  readonly peers: readonly Peer[];
  readonly ports: readonly z.infer<typeof portSchema>[];
}

interface Policy {
  readonly namespace: string;
  readonly selector: Selector;
  /** Undefined where the policy says nothing about that direction. */
  readonly rules: Readonly<Record<Direction, readonly Rule[] | undefined>>;
}

/**
 * Whether one end may open a connection to a port of the other: the policies that select the source must let it out, and those
 * that select the target must let it in. A pod that no policy selects for a direction is free in it.
 * @param manifests rendered objects; those that are no NetworkPolicy do not matter
 * @param namespace where objects without a namespace are
 */
export function isAllowed(manifests: readonly Manifest[], from: End, to: End, port: Port | number, namespace = 'ticketing'): boolean {
  const wanted: Port = typeof port === 'number' ? { port, protocol: 'TCP' } : port;
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy').map((manifest) => readPolicy(manifest, namespace));
  return lets(policies, 'Egress', from, to, to, wanted) && lets(policies, 'Ingress', to, from, to, wanted);
}

function readPolicy({ metadata, spec }: Manifest, namespace: string): Policy {
  const { podSelector, policyTypes, ingress, egress } = specSchema.parse(spec);
  // What the API server fills in: a policy is always about ingress, and about egress when it has rules for it.
  const types = policyTypes ?? (egress ? ['Ingress', 'Egress'] : ['Ingress']);
  return {
    namespace: metadata.namespace ?? namespace,
    selector: podSelector,
    rules: {
      Ingress: types.includes('Ingress') ? (ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })) : undefined,
      Egress: types.includes('Egress') ? (egress ?? []).map(({ to, ports }) => ({ peers: to, ports })) : undefined,
    },
  };
}

/** Whether the policies on `own` let it speak with `other` in a direction; the port is always the target's. */
function lets(policies: readonly Policy[], direction: Direction, own: End, other: End, target: End, port: Port): boolean {
  if ('ip' in own) return true;
  const selecting = policies.filter((policy) => policy.namespace === own.namespace && selects(policy.selector, own.labels));
  const ruled = selecting.filter((policy) => policy.rules[direction] !== undefined);
  if (ruled.length === 0) return true;
  return ruled.some(({ namespace, rules }) =>
    rules[direction]?.some(
      (rule) =>
        (rule.peers.length === 0 || rule.peers.some((peer) => isPeer(peer, other, namespace))) &&
        (rule.ports.length === 0 || rule.ports.some((allowed) => isPort(allowed, port, target))),
    ),
  );
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, end: End, policyNamespace: string): boolean {
  if (ipBlock) return 'ip' in end && isInside(end.ip, ipBlock.cidr) && !ipBlock.except.some((cidr) => isInside(end.ip, cidr));
  if ('ip' in end) return false;
  const namespaceLabels = { ...end.namespaceLabels, 'kubernetes.io/metadata.name': end.namespace };
  const namespaceFits = namespaceSelector ? selects(namespaceSelector, namespaceLabels) : end.namespace === policyNamespace;
  return namespaceFits && (!podSelector || selects(podSelector, end.labels));
}

function isPort(allowed: z.infer<typeof portSchema>, wanted: Port, target: End): boolean {
  if (allowed.protocol !== wanted.protocol) return false;
  if (allowed.port === undefined) return true;
  if (typeof allowed.port === 'string') return 'labels' in target && target.ports?.[allowed.port] === wanted.port;
  return wanted.port >= allowed.port && wanted.port <= (allowed.endPort ?? allowed.port);
}

function selects({ matchLabels, matchExpressions }: Selector, labels: Readonly<Record<string, string>>): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
      }
    })
  );
}

function isInside(ip: string, cidr: string): boolean {
  const [network = '', prefix] = cidr.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), isIPv6(network) ? 'ipv6' : 'ipv4');
  return list.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
}
