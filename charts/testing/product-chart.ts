import { z } from 'zod';
import type { ServiceName } from '../../deploy/local/services.ts';
import { type Container, type PodTemplate, podTemplateOf } from './pod-templates.ts';
import type { Manifest } from './render-chart.ts';

const componentLabel = 'app.kubernetes.io/component';
const secretVariable = z.looseObject({
  name: z.string(),
  valueFrom: z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) }),
});

/** @throws Error when it was not rendered */
export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

/** The names of all objects of a kind, sorted; only those whose label says they are of that component, where it is named. */
export function namesOf(manifests: readonly Manifest[], kind: string, component?: string): string[] {
  return manifests
    .filter((manifest) => manifest.kind === kind)
    .filter(({ metadata }) => component === undefined || metadata.labels[componentLabel] === component)
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** What makes pods, and the pods that it makes. */
export function podsOf(manifests: readonly Manifest[]): { maker: Manifest; template: PodTemplate }[] {
  return manifests.flatMap((maker) => {
    const template = podTemplateOf(maker);
    return template ? [{ maker, template }] : [];
  });
}

/** The pods of one Deployment, Job or Pod. @throws Error when it was not rendered */
export function podOf(manifests: readonly Manifest[], kind: string, name: string): PodTemplate {
  const template = podTemplateOf(find(manifests, kind, name));
  if (!template) throw new Error(`${kind} ${name} makes no pods`);
  return template;
}

/** The one container of a pod. A sidecar is none of the chart's: Dapr adds it when the pod is made. */
export function onlyContainer({ spec }: PodTemplate): Container {
  const [container, ...others] = spec.containers;
  if (!container || others.length > 0 || spec.initContainers.length > 0) throw new Error('a pod has other containers than one');
  return container;
}

export function serviceContainer(manifests: readonly Manifest[], service: ServiceName): Container {
  return onlyContainer(podOf(manifests, 'Deployment', service));
}

/** The variables that are given as they are, by name. */
export function plainVariables({ env }: Container): Record<string, string> {
  return Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

/** The variables that come from Secrets, by name, as `SECRET/KEY`. */
export function secretVariablesOf({ env }: Container): Record<string, string> {
  const found = env.flatMap((variable) => secretVariable.safeParse(variable).data ?? []);
  return Object.fromEntries(found.map(({ name, valueFrom: { secretKeyRef } }) => [name, `${secretKeyRef.name}/${secretKeyRef.key}`]));
}
