import type { Container, PodSpec } from './pod-templates.ts';

const allowedVolumes = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];
const allowedSeccomp = ['RuntimeDefault', 'Localhost'];
const allowedSysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];

/**
 * What keeps a pod out of a namespace that enforces the Pod Security profile "restricted"; and, beyond that profile, whether
 * its root file systems are read-only and it goes without the token of its service account. Empty when all is well.
 */
export function restrictedProblems(spec: PodSpec): string[] {
  const containers = [...spec.initContainers, ...spec.containers];
  return [...podProblems(spec), ...containers.flatMap((container) => containerProblems(spec, container))];
}

function podProblems(spec: PodSpec): string[] {
  const host = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name] === true);
  const volumes = spec.volumes.filter((volume) => !Object.keys(volume).some((key) => allowedVolumes.includes(key)));
  const sysctls = (spec.securityContext?.sysctls ?? []).filter(({ name }) => !allowedSysctls.includes(name));
  return [
    ...host.map((name) => `${name} must not be true`),
    ...volumes.map(({ name }) => `volume ${name} must be one of ${allowedVolumes.join(', ')}`),
    ...sysctls.map(({ name }) => `sysctl ${name} is not allowed`),
    ...problem(spec.automountServiceAccountToken !== false, 'automountServiceAccountToken must be false'),
    ...problem(spec.securityContext?.windowsOptions?.hostProcess === true, 'hostProcess must not be true'),
  ];
}

function containerProblems(spec: PodSpec, container: Container): string[] {
  const own = container.securityContext;
  const pod = spec.securityContext;
  const user = own?.runAsUser ?? pod?.runAsUser;
  const seccomp = (own?.seccompProfile ?? pod?.seccompProfile)?.type;
  const added = (own?.capabilities?.add ?? []).filter((capability) => capability !== 'NET_BIND_SERVICE');
  const { startupProbe, readinessProbe, livenessProbe, lifecycle } = container;
  const handlers = [startupProbe, readinessProbe, livenessProbe, lifecycle?.postStart, lifecycle?.preStop];
  return [
    ...problem(own?.privileged === true, 'privileged must not be true'),
    ...problem(own?.allowPrivilegeEscalation !== false, 'allowPrivilegeEscalation must be false'),
    ...problem((own?.runAsNonRoot ?? pod?.runAsNonRoot) !== true, 'runAsNonRoot must be true'),
    ...problem(user === 0, 'runAsUser must not be 0'),
    ...problem(seccomp === undefined || !allowedSeccomp.includes(seccomp), 'seccompProfile must be RuntimeDefault'),
    ...problem(!own?.capabilities?.drop.includes('ALL'), 'capabilities must drop ALL'),
    ...problem(added.length > 0, `capabilities must not add ${added.join(', ')}`),
    ...problem(own?.readOnlyRootFilesystem !== true, 'readOnlyRootFilesystem must be true'),
    ...problem((own?.procMount ?? 'Default') !== 'Default', 'procMount must be Default'),
    ...problem(own?.windowsOptions?.hostProcess === true, 'hostProcess must not be true'),
    ...problem(
      container.ports.some(({ hostPort }) => (hostPort ?? 0) !== 0),
      'hostPort must not be set',
    ),
    ...problem(
      handlers.some((handler) => handler?.httpGet?.host ?? handler?.tcpSocket?.host),
      'probes must not name a host',
    ),
  ].map((text) => `container ${container.name}: ${text}`);
}

function problem(isThere: boolean | string | undefined, text: string): string[] {
  return isThere ? [text] : [];
}
