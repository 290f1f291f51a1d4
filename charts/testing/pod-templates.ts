import { z } from 'zod';
import type { Manifest } from './render-chart.ts';

const strings = z.record(z.string(), z.string());

const securityContext = z.looseObject({
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.number().optional(),
  seccompProfile: z.looseObject({ type: z.string() }).optional(),
  windowsOptions: z.looseObject({ hostProcess: z.boolean().optional() }).optional(),
});

const containerSecurityContext = securityContext.extend({
  privileged: z.boolean().optional(),
  allowPrivilegeEscalation: z.boolean().optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  procMount: z.string().optional(),
  capabilities: z.looseObject({ add: z.array(z.string()).default([]), drop: z.array(z.string()).default([]) }).optional(),
});

const handler = z.looseObject({
  httpGet: z.looseObject({ host: z.string().optional() }).optional(),
  tcpSocket: z.looseObject({ host: z.string().optional() }).optional(),
});

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  ports: z.array(z.looseObject({ name: z.string().optional(), containerPort: z.number(), hostPort: z.number().optional() })).default([]),
  resources: z.looseObject({ requests: strings.default({}), limits: strings.default({}) }).optional(),
  startupProbe: handler.optional(),
  readinessProbe: handler.optional(),
  livenessProbe: handler.optional(),
  lifecycle: z.looseObject({ postStart: handler.optional(), preStop: handler.optional() }).optional(),
  restartPolicy: z.string().optional(),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
  securityContext: containerSecurityContext.optional(),
});
export type Container = z.infer<typeof container>;

const podSpec = z.looseObject({
  containers: z.array(container),
  initContainers: z.array(container).default([]),
  volumes: z.array(z.looseObject({ name: z.string() })).default([]),
  automountServiceAccountToken: z.boolean().optional(),
  serviceAccountName: z.string().optional(),
  hostNetwork: z.boolean().optional(),
  hostPID: z.boolean().optional(),
  hostIPC: z.boolean().optional(),
  securityContext: securityContext.extend({ sysctls: z.array(z.looseObject({ name: z.string() })).default([]) }).optional(),
});
export type PodSpec = z.infer<typeof podSpec>;

const podMetadata = z.looseObject({ labels: strings.default({}), annotations: strings.default({}) });
const podTemplate = z.looseObject({ metadata: podMetadata.default({ labels: {}, annotations: {} }), spec: podSpec });

/** What a workload makes its pods from. What is not named in its type is there as well, as `unknown`. */
export type PodTemplate = z.infer<typeof podTemplate>;

const workload = z.looseObject({ template: podTemplate });
const cronJob = z.looseObject({ jobTemplate: z.looseObject({ spec: workload }) });

/** The pod template of whatever has one, undefined for other kinds. @throws ZodError when it is not well formed */
export function podTemplateOf({ kind, metadata, spec }: Manifest): PodTemplate | undefined {
  switch (kind) {
    case 'Pod':
      return podTemplate.parse({ metadata, spec });
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'Job':
      return workload.parse(spec).template;
    case 'CronJob':
      return cronJob.parse(spec).jobTemplate.spec.template;
    default:
      return undefined;
  }
}

export function parsePodSpec(spec: unknown): PodSpec {
  return podSpec.parse(spec);
}
