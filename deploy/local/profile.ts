import { fileURLToPath } from 'node:url';

/**
 * `dev` is what `npm start` runs; `test` has its own data and ports, so that tests pass beside a started stack; `cluster` is the
 * infrastructure that a Kubernetes cluster on this machine uses from outside.
 */
export const profileNames = ['dev', 'test', 'cluster'] as const;
export type ProfileName = (typeof profileNames)[number];

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));
export const localFolder = `${repositoryRoot}.local`;
/** Downloads and builds, shared by the profiles and kept by --reset. */
export const cacheFolder = `${localFolder}/cache`;
export const stackSources = `${repositoryRoot}deploy/local`;

export interface ProfileFolders {
  readonly root: string;
  readonly data: string;
  readonly logs: string;
  readonly run: string;
  readonly components: string;
  /** One Dapr Configuration for each service. */
  readonly configurations: string;
  readonly nameResolution: string;
  readonly secrets: string;
  readonly description: string;
  readonly supervisor: string;
}

export function profileFolders(profile: ProfileName): ProfileFolders {
  const root = `${localFolder}/${profile}`;
  return {
    root,
    data: `${root}/data`,
    logs: `${root}/logs`,
    run: `${root}/run`,
    components: `${root}/components`,
    configurations: `${root}/configurations`,
    nameResolution: `${root}/name-resolution.db`,
    secrets: `${root}/secrets.json`,
    description: `${root}/stack.json`,
    supervisor: `${root}/supervisor.json`,
  };
}
