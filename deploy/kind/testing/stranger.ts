import type { Kubectl } from '../kubectl.ts';

const patience = '120s';

/** A pod that does not belong to the product. */
interface Stranger {
  readonly name: string;
  /** Of a service. */
  readonly image: string;
  /** Gives it a sidecar, and so an identity of its own. */
  readonly sidecarImage?: string;
}

/** It only waits, so that a test can send requests from it. */
function pod({ name, image, sidecarImage }: Stranger): object {
  const annotations = {
    'dapr.io/enabled': 'true',
    'dapr.io/app-id': name,
    'dapr.io/enable-native-sidecar': 'true',
    'dapr.io/disable-builtin-k8s-secret-store': 'true',
    'dapr.io/sidecar-image': sidecarImage,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations: sidecarImage === undefined ? {} : annotations },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'service',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '--eval', 'setInterval(() => {}, 1 << 30)'],
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}

/** @returns what removes them */
export async function startStrangers(kubectl: Kubectl, namespace: string, ...strangers: readonly Stranger[]): Promise<() => Promise<void>> {
  const list = { apiVersion: 'v1', kind: 'List', items: strangers.map(pod) };
  await kubectl(['apply', '--namespace', namespace, '--filename', '-'], JSON.stringify(list));
  const names = strangers.map(({ name }) => name);
  const pods = names.map((name) => `pod/${name}`);
  await kubectl(['wait', '--namespace', namespace, '--for=condition=Ready', `--timeout=${patience}`, ...pods]);
  return async () => {
    await kubectl(['delete', 'pod', '--namespace', namespace, '--ignore-not-found', ...names]);
  };
}
