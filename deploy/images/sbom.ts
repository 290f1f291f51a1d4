import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { readCommand } from '../kind/read-command.ts';
import { readOptions, runScript } from '../kind/run-script.ts';
import { localFolder, repositoryRoot } from '../local/profile.ts';
import { type ServiceName, serviceNames } from '../local/services.ts';
import { aboutService, type ServiceBom } from './service-bom.ts';

const usage = `npm run sbom [-- --output FOLDER]

Writes one CycloneDX document for each service: the packages that its image runs with, by the lockfile. Packages for one platform
only are listed as optional.
  --output FOLDER   default: ${localFolder}/sbom
`;

const manifestSchema = z.record(z.string(), z.unknown());

/**
 * The repository's manifests without development dependencies. npm's own --omit=dev would also leave out every package that is
 * needed at run time and by a development tool too.
 */
function copyProductionManifests(target: string): void {
  const workspaces = readdirSync(`${repositoryRoot}services`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const folder of ['', ...workspaces.map(({ name }) => `services/${name}/`)]) {
    const manifest = manifestSchema.parse(JSON.parse(readFileSync(`${repositoryRoot}${folder}package.json`, 'utf8')));
    const kept = Object.entries(manifest).filter(([key]) => key !== 'devDependencies');
    mkdirSync(`${target}/${folder}`, { recursive: true });
    writeFileSync(`${target}/${folder}package.json`, JSON.stringify(Object.fromEntries(kept)));
  }
  for (const file of ['package-lock.json', '.npmrc']) copyFileSync(`${repositoryRoot}${file}`, `${target}/${file}`);
}

async function describePackages(service: ServiceName, manifests: string, signal: AbortSignal): Promise<ServiceBom> {
  const format = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  const args = ['--prefix', manifests, 'sbom', ...format, '--package-lock-only', '--workspace', `@ticketing/${service}`];
  return aboutService(JSON.parse(await readCommand('npm', args, { signal })), service);
}

await runScript(async ({ progress, signal }) => {
  const values = readOptions({ output: { type: 'string' }, help: { type: 'boolean', short: 'h' } }, 'npm run sbom');
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const output = resolve(values.output ?? `${localFolder}/sbom`);
  const manifests = mkdtempSync(`${tmpdir()}/ticketing-sbom-`);
  try {
    copyProductionManifests(manifests);
    mkdirSync(output, { recursive: true });
    for (const service of serviceNames) {
      const file = `${output}/${service}.cdx.json`;
      const describe = () => describePackages(service, manifests, signal);
      const { document } = await progress.step(`packages of ${service}`, describe, ({ packages }) => `${packages} in ${file}`);
      writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
    }
  } finally {
    rmSync(manifests, { recursive: true, force: true });
  }
});
