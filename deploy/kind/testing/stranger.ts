import type { TestCluster } from './cluster-target.ts';

const patience = '120s';

/** A pod that only waits, in the image of a service, so that a test can send requests from it. */
function pod(name: string, image: string, annotations: Record<string, string>, sidecarImage: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations: Object.keys(annotations).length === 0 ? {} : { ...annotations, 'dapr.io/sidecar-image': sidecarImage } },
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

/**
 * Starts two pods that do not belong to the product: one with a sidecar, and so with an identity of its own, and one without.
 * @returns what removes them
 */
export async function startStranger(
  { kubectl, images }: TestCluster,
  namespace: string,
  names: { withSidecar: string; without: string },
): Promise<() => Promise<void>> {
  const image = `${images.registry}/gateway:${images.tag}`;
  const sidecarImage = `${images.registry}/daprd:${images.tag}`;
  const annotations = {
    'dapr.io/enabled': 'true',
    'dapr.io/app-id': names.withSidecar,
    'dapr.io/enable-native-sidecar': 'true',
    'dapr.io/disable-builtin-k8s-secret-store': 'true',
  };
  const items = [pod(names.withSidecar, image, annotations, sidecarImage), pod(names.without, image, {}, sidecarImage)];
  await kubectl(['apply', '--namespace', namespace, '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await kubectl([
    'wait',
    '--namespace',
    namespace,
    '--for=condition=Ready',
    `--timeout=${patience}`,
    ...items.map((_, index) => `pod/${index === 0 ? names.withSidecar : names.without}`),
  ]);
  return async () => {
    await kubectl(['delete', 'pod', '--namespace', namespace, '--ignore-not-found', names.withSidecar, names.without]);
  };
}
