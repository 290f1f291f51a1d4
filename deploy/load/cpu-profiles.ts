import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { pollUntil } from '@ticketing/common/poll-until';
import { signalProcess } from '../local/process-identity.ts';
import { readRecords } from '../local/process-record.ts';
import { localFolder, type ProfileName } from '../local/profile.ts';
import { StepFailure } from '../local/step-failure.ts';

/** Where CPU profiles are written, one of each service. */
const profilesFolder = `${localFolder}/profiles`;

const writtenWithinMs = 60_000;

/** Environment by which a service can write a CPU profile of itself. */
export function profilingEnvironment(): Record<string, string> {
  return { NODE_OPTIONS: `--import=${new URL('./profile-on-signal.mjs', import.meta.url).href}`, PROFILE_FOLDER: profilesFolder };
}

/** Profiles all services while the work is done. @returns the files, which Chrome's developer tools and speedscope read */
export async function profileServices(profile: ProfileName, work: () => Promise<void>): Promise<string[]> {
  rmSync(profilesFolder, { recursive: true, force: true });
  mkdirSync(profilesFolder, { recursive: true });
  const services = readRecords(profile).filter(({ kind }) => kind === 'service');
  const toggle = (): void => services.forEach((service) => void signalProcess(service, 'SIGUSR2', false));
  toggle();
  try {
    await work();
  } finally {
    toggle();
  }
  const files = services.map(({ name }) => `${profilesFolder}/${name}.cpuprofile`);
  const written = await pollUntil(() => Promise.resolve(files.every((file) => existsSync(file)) || undefined), writtenWithinMs);
  if (!written) throw new StepFailure(`not every service has written its profile into ${profilesFolder}`);
  return files;
}
