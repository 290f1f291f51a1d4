import { describe, expect, it } from '@jest/globals';
import { restrictedProblems } from './pod-security.ts';
import { parsePodSpec } from './pod-templates.ts';

const goodContainer = {
  name: 'app',
  image: 'ticketing/user:dev',
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
};
const goodPod = {
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [goodContainer],
  volumes: [{ name: 'tmp', emptyDir: {} }],
};

function problemsOf(pod: object): string[] {
  return restrictedProblems(parsePodSpec({ ...goodPod, ...pod }));
}

function problemsOfContainer(container: object, securityContext: object = {}): string[] {
  const context = { ...goodContainer.securityContext, ...securityContext };
  return problemsOf({ containers: [{ ...goodContainer, ...container, securityContext: context }] });
}

describe('the restricted profile', () => {
  it('finds nothing in a good pod', () => {
    expect(problemsOf({})).toEqual([]);
    expect(
      problemsOfContainer({ ports: [{ containerPort: 8080 }] }, { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } }),
    ).toEqual([]);
    expect(problemsOf({ securityContext: { ...goodPod.securityContext, sysctls: [{ name: 'net.ipv4.tcp_syncookies' }] } })).toEqual([]);
  });

  it.each([
    [{ hostNetwork: true }, 'hostNetwork must not be true'],
    [{ hostPID: true }, 'hostPID must not be true'],
    [{ hostIPC: true }, 'hostIPC must not be true'],
    [{ automountServiceAccountToken: undefined }, 'automountServiceAccountToken must be false'],
    [{ volumes: [{ name: 'disk', hostPath: { path: '/' } }] }, expect.stringContaining('volume disk must be one of')],
    [{ securityContext: { ...goodPod.securityContext, sysctls: [{ name: 'kernel.msgmax' }] } }, 'sysctl kernel.msgmax is not allowed'],
    [{ securityContext: { ...goodPod.securityContext, windowsOptions: { hostProcess: true } } }, 'hostProcess must not be true'],
  ])('finds %j', (pod, problem) => {
    expect(problemsOf(pod)).toEqual([problem]);
  });

  it.each([
    [{ privileged: true }, 'privileged must not be true'],
    [{ allowPrivilegeEscalation: undefined }, 'allowPrivilegeEscalation must be false'],
    [{ runAsNonRoot: false }, 'runAsNonRoot must be true'],
    [{ runAsUser: 0 }, 'runAsUser must not be 0'],
    [{ seccompProfile: { type: 'Unconfined' } }, 'seccompProfile must be RuntimeDefault'],
    [{ capabilities: { drop: ['NET_RAW'] } }, 'capabilities must drop ALL'],
    [{ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }, 'capabilities must not add SYS_ADMIN'],
    [{ readOnlyRootFilesystem: undefined }, 'readOnlyRootFilesystem must be true'],
    [{ procMount: 'Unmasked' }, 'procMount must be Default'],
    [{ windowsOptions: { hostProcess: true } }, 'hostProcess must not be true'],
  ])('finds a container with %j', (securityContext, problem) => {
    expect(problemsOfContainer({}, securityContext)).toEqual([`container app: ${problem}`]);
  });

  it.each([
    [{ ports: [{ containerPort: 80, hostPort: 80 }] }, 'hostPort must not be set'],
    [{ livenessProbe: { httpGet: { host: '169.254.169.254', port: 80 } } }, 'probes must not name a host'],
    [{ lifecycle: { preStop: { tcpSocket: { host: '127.0.0.1', port: 80 } } } }, 'probes must not name a host'],
  ])('finds a container with %j', (container, problem) => {
    expect(problemsOfContainer(container)).toEqual([`container app: ${problem}`]);
  });

  it('finds what a pod says about none of its containers, and looks at init containers too', () => {
    expect(problemsOf({ securityContext: {} })).toEqual([
      'container app: runAsNonRoot must be true',
      'container app: seccompProfile must be RuntimeDefault',
    ]);
    expect(problemsOf({ initContainers: [{ name: 'init', image: 'x' }] })).toEqual([
      'container init: allowPrivilegeEscalation must be false',
      'container init: capabilities must drop ALL',
      'container init: readOnlyRootFilesystem must be true',
    ]);
  });
});
