import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { buildOnce } from '../../local/cached-build.ts';
import type { Jdk } from '../../local/infrastructure/java.ts';
import { runCommand } from '../../local/run-command.ts';
import type { StackContext } from '../../local/stack-context.ts';
import { logFile } from '../../local/stack-context.ts';
import { copyLibraries } from './copy-programs.ts';

const modules = ['java.se', 'jdk.unsupported', 'jdk.incubator.vector', 'jdk.management', 'jdk.net', 'jdk.zipfs', 'jdk.crypto.ec'];

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file}`);
}

/** A layer with a Java runtime of the machine's JDK at /opt/java and the libraries that it needs. Two images share it. */
export async function ensureJavaRuntime(context: StackContext, jdk: Jdk): Promise<string> {
  const options = ['--add-modules', modules.join(','), '--strip-debug', '--no-header-files', '--no-man-pages', '--generate-cds-archive'];
  const release = readFileSync(`${jdk.home}/release`, 'utf8');
  const hash = createHash('sha256')
    .update(JSON.stringify([release, options]))
    .digest('hex')
    .slice(0, 16);
  return buildOnce(`java-runtime-${hash}`, async (layer) => {
    const home = `${layer}/opt/java`;
    mkdirSync(`${layer}/opt`, { recursive: true });
    await runCommand(`${jdk.home}/bin/jlink`, [...options, '--output', home], { log: logFile(context, 'jlink'), signal: context.signal });
    await copyLibraries(layer, '/', [`${home}/bin/java`, ...filesBelow(`${home}/lib`, '.so')]);
  });
}
