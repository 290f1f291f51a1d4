import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { elasticsearchUrl } from './infrastructure/elasticsearch.ts';
import { repositoryRoot } from './profile.ts';
import type { StackContext } from './stack-context.ts';
import { StepFailure } from './step-failure.ts';

const sources = `${repositoryRoot}components`;
const configurationFile = 'configuration.yaml';
const configurationSchema = z.looseObject({ kind: z.literal('Configuration'), spec: z.looseObject({}).optional() });

function placeholderValues(context: StackContext): Record<string, string> {
  return {
    REDIS_HOST: `127.0.0.1:${context.ports.redis}`,
    KAFKA_BROKERS: `127.0.0.1:${context.ports.kafka}`,
    ELASTICSEARCH_URL: elasticsearchUrl(context),
    SECRET_STORE_TYPE: 'secretstores.local.env',
  };
}

/** The file's text with every `${NAME}` replaced. @throws StepFailure for a name without a value */
export function fillPlaceholders(file: string, values: Readonly<Record<string, string>>): string {
  return readFileSync(file, 'utf8').replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (placeholder, name: string) => {
    const value = values[name];
    if (value !== undefined) return value;
    throw new StepFailure(`${file}: unknown placeholder ${placeholder}`, { fix: `known are: ${Object.keys(values).join(', ')}` });
  });
}

function yamlFiles(folder: string): string[] {
  if (!existsSync(folder)) throw new StepFailure(`there is no folder ${folder}`);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => /\.ya?ml$/.test(file) && file !== configurationFile).sort();
}

/** Sidecars load one flat folder. Each resource gets a file of its own: some are ignored behind another document. */
function renderResources(context: StackContext): void {
  const values = placeholderValues(context);
  const target = context.folders.components;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const file of yamlFiles(sources)) {
    const documents = parseAllDocuments(fillPlaceholders(`${sources}/${file}`, values));
    for (const [index, document] of [...documents].entries()) {
      const [problem] = document.errors;
      if (problem) throw new StepFailure(`components/${file}: ${problem.message}`);
      if (document.contents === null) continue;
      const name = file.replaceAll('/', '-').replace(/\.ya?ml$/, '');
      const output = `${target}/${name}${documents.length > 1 ? `-${index + 1}` : ''}.yaml`;
      if (existsSync(output)) throw new StepFailure(`components/${file} and another file both become ${basename(output)}`);
      writeFileSync(output, document.toString());
    }
  }
}

/** The Dapr Configuration, with what only this machine knows: how sidecars find each other, and where traces go. */
function renderConfiguration(context: StackContext, traceUrl: string | undefined): void {
  const file = `${sources}/${configurationFile}`;
  const configuration = configurationSchema.parse(parse(fillPlaceholders(file, placeholderValues(context))));
  const nameResolution = {
    component: 'sqlite',
    version: 'v1',
    configuration: { connectionString: context.folders.nameResolution },
  };
  const tracing = traceUrl === undefined ? {} : { tracing: { samplingRate: '1', zipkin: { endpointAddress: traceUrl } } };
  const spec = { ...configuration.spec, nameResolution, ...tracing };
  writeFileSync(context.folders.configuration, stringify({ ...configuration, spec }));
}

export function renderComponents(context: StackContext, traceUrl: string | undefined): void {
  renderResources(context);
  renderConfiguration(context, traceUrl);
  // Entries of an earlier run would send calls to instances that no longer exist.
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${context.folders.nameResolution}${suffix}`, { force: true });
}
