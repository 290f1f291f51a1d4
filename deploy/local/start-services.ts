import { renderComponents } from './components.ts';
import { launchProcess, waitUntilReady } from './managed-process.ts';
import { repositoryRoot } from './profile.ts';
import { runCommand } from './run-command.ts';
import { assertBuilt, migrate, serviceSpec, sidecarSpec } from './service-instances.ts';
import type { ServiceName } from './services.ts';
import { databaseOwners } from './services.ts';
import type { StackContext } from './stack-context.ts';
import { allTogether, logFile } from './stack-context.ts';
import type { InstanceDescription } from './stack-description.ts';

export interface ServicesPlan {
  readonly instances: readonly InstanceDescription[];
  readonly daprd: string;
  readonly environments: Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>>;
  readonly traceUrl: string | undefined;
}

export function buildServices(context: StackContext): Promise<void> {
  const build = () =>
    runCommand('npm', ['run', 'build', '--silent'], {
      cwd: repositoryRoot,
      log: logFile(context, 'build'),
      signal: context.signal,
      fix: 'correct the errors above; --no-build starts what was built last',
    });
  return context.progress.step('building services', build);
}

/** Migrations first, then every instance with its sidecar at the same time: each waits for the other. */
export async function startServices(context: StackContext, plan: ServicesPlan): Promise<void> {
  const services = new Set(plan.instances.map(({ service }) => service));
  services.forEach(assertBuilt);
  const owners = databaseOwners.filter((owner) => services.has(owner));
  if (owners.length > 0)
    await context.progress.step('database migrations', () =>
      allTogether(
        context,
        owners.map((owner) => migrate(context, owner)),
      ),
    );
  renderComponents(context, plan.traceUrl);
  const count = plan.instances.length;
  await context.progress.step(
    `services and sidecars (${count} each)`,
    () =>
      allTogether(
        context,
        plan.instances.map((instance) => startInstance(context, plan, instance)),
      ),
    () => 'ready',
  );
}

async function startInstance(context: StackContext, plan: ServicesPlan, instance: InstanceDescription): Promise<void> {
  const environment = { zipkinUrl: plan.traceUrl, extra: plan.environments[instance.service] ?? {} };
  context.signal.throwIfAborted();
  const sidecar = await launchProcess(context.profile, sidecarSpec(context, plan.daprd, instance));
  const service = await launchProcess(context.profile, serviceSpec(context, instance, environment));
  const options = { signal: context.signal };
  await Promise.all([
    waitUntilReady(service, { ...options, fix: `look also at the sidecar's log ${sidecar.log}` }),
    waitUntilReady(sidecar, { ...options, fix: `a component may be wrong; look also at the service's log ${service.log}` }),
  ]);
}
