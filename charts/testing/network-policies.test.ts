import { describe, expect, it } from '@jest/globals';
import { type End, isAllowed, type PodEnd } from './network-policies.ts';
import type { Manifest } from './render-chart.ts';

function policy(spec: Record<string, unknown>, namespace?: string): Manifest {
  const metadata = { name: 'policy', namespace, labels: {}, annotations: {} };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec };
}

function pod(name: string, more: Partial<PodEnd> = {}): PodEnd {
  return { namespace: 'ticketing', labels: { name }, ...more };
}

const named = (name: string): { matchLabels: { name: string } } => ({ matchLabels: { name } });
const user = pod('user');
const mysql = pod('mysql', { ports: { mysql: 3306 } });
const outside: End = { ip: '192.0.2.7' };
const everybody = { podSelector: {} };
const nothingIn = policy({ ...everybody, policyTypes: ['Ingress'] });
const nothingOut = policy({ ...everybody, policyTypes: ['Egress'] });

/** Lets those in that fit a peer. */
function mysqlFrom(...from: object[]): Manifest {
  return policy({ podSelector: named('mysql'), ingress: [{ from, ports: [{ port: 3306 }] }] });
}

describe('network policies', () => {
  it('forbid nothing where there are none, or where they select somebody else', () => {
    expect(isAllowed([], user, mysql, 3306)).toBe(true);
    expect(isAllowed([policy({ podSelector: named('redis'), policyTypes: ['Ingress', 'Egress'] })], user, mysql, 3306)).toBe(true);
    expect(isAllowed([policy({ ...everybody, policyTypes: ['Ingress'] }, 'elsewhere')], user, mysql, 3306)).toBe(true);
  });

  it('forbid each direction by itself', () => {
    expect(isAllowed([nothingIn], user, mysql, 3306)).toBe(false);
    expect(isAllowed([nothingIn], mysql, outside, 443)).toBe(true);
    expect(isAllowed([nothingOut], user, outside, 443)).toBe(false);
    expect(isAllowed([nothingOut], outside, user, 8080)).toBe(true);
  });

  it('are about egress without saying so when they have rules for it', () => {
    expect(isAllowed([policy({ ...everybody, egress: [] })], user, outside, 443)).toBe(false);
    expect(isAllowed([policy({ ...everybody, ingress: [{}] })], user, outside, 443)).toBe(true);
  });

  it('must let out as well as in', () => {
    const letIn = mysqlFrom({ podSelector: named('user') });
    const letOut = policy({ podSelector: named('user'), policyTypes: ['Egress'], egress: [{ to: [{ podSelector: named('mysql') }] }] });
    expect(isAllowed([nothingIn, nothingOut, letIn], user, mysql, 3306)).toBe(false);
    expect(isAllowed([nothingIn, nothingOut, letOut], user, mysql, 3306)).toBe(false);
    expect(isAllowed([nothingIn, nothingOut, letIn, letOut], user, mysql, 3306)).toBe(true);
  });

  it('add up', () => {
    const policies = [mysqlFrom({ podSelector: named('payment') }), mysqlFrom({ podSelector: named('user') })];
    expect(isAllowed(policies, user, mysql, 3306)).toBe(true);
    expect(isAllowed(policies, pod('queue'), mysql, 3306)).toBe(false);
  });

  it('mean their own namespace unless a namespace is selected', () => {
    const stranger = pod('user', { namespace: 'elsewhere', namespaceLabels: { team: 'tickets' } });
    const byName = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'elsewhere' } } };
    expect(isAllowed([mysqlFrom({ podSelector: named('user') })], stranger, mysql, 3306)).toBe(false);
    expect(isAllowed([mysqlFrom(byName)], stranger, mysql, 3306)).toBe(true);
    expect(isAllowed([mysqlFrom({ ...byName, podSelector: named('payment') })], stranger, mysql, 3306)).toBe(false);
    expect(isAllowed([mysqlFrom({ namespaceSelector: { matchLabels: { team: 'tickets' } } })], stranger, mysql, 3306)).toBe(true);
    expect(isAllowed([mysqlFrom({ namespaceSelector: {} })], outside, mysql, 3306)).toBe(false);
  });

  it.each([
    ['In', ['user', 'payment'], true, false],
    ['NotIn', ['user'], false, true],
    ['Exists', [], true, true],
    ['DoesNotExist', [], false, false],
  ])('select by %s', (operator, values, allowsUser, allowsQueue) => {
    const expression = operator.includes('xist') ? { key: 'name', operator } : { key: 'name', operator, values };
    const policies = [mysqlFrom({ podSelector: { matchExpressions: [expression] } })];
    expect([isAllowed(policies, user, mysql, 3306), isAllowed(policies, pod('queue'), mysql, 3306)]).toEqual([allowsUser, allowsQueue]);
  });

  it('know addresses outside, with exceptions', () => {
    const block = mysqlFrom({ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.64/26'] } });
    expect(isAllowed([block], outside, mysql, 3306)).toBe(true);
    expect(isAllowed([block], { ip: '192.0.2.65' }, mysql, 3306)).toBe(false);
    expect(isAllowed([block], { ip: '198.51.100.1' }, mysql, 3306)).toBe(false);
    expect(isAllowed([mysqlFrom({ ipBlock: { cidr: '2001:db8::/32' } })], { ip: '2001:db8::1' }, mysql, 3306)).toBe(true);
    expect(isAllowed([block], user, mysql, 3306)).toBe(false);
  });

  it('know ports by number, range, name and protocol', () => {
    const opened = (ports: object[]): Manifest[] => [policy({ podSelector: named('mysql'), ingress: [{ ports }] })];
    expect(isAllowed(opened([{ port: 3306 }]), user, mysql, 3307)).toBe(false);
    expect(isAllowed(opened([{ port: 3300, endPort: 3310 }]), user, mysql, 3307)).toBe(true);
    expect(isAllowed(opened([{ port: 'mysql' }]), user, mysql, 3306)).toBe(true);
    expect(isAllowed(opened([{ port: 'metrics' }]), user, mysql, 3306)).toBe(false);
    expect(isAllowed(opened([{ port: 53, protocol: 'UDP' }]), user, mysql, { port: 53, protocol: 'UDP' })).toBe(true);
    expect(isAllowed(opened([{ port: 53, protocol: 'UDP' }]), user, mysql, 53)).toBe(false);
    expect(isAllowed(opened([{ protocol: 'TCP' }]), user, mysql, 9)).toBe(true);
  });

  it('are not guessed at when they are misspelt', () => {
    expect(() => isAllowed([policy({ ...everybody, ingres: [] })], user, mysql, 3306)).toThrow('ingres');
  });
});
