import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { elasticsearchUrl } from './infrastructure/elasticsearch.ts';
import { mailPlaceholders } from './infrastructure/mail-sink.ts';
import { repositoryRoot } from './profile.ts';
import { type ServiceName, serviceNames } from './services.ts';
import type { StackContext } from './stack-context.ts';
import { StepFailure } from './step-failure.ts';

const sources = `${repositoryRoot}components`;
const configurationFile = 'configuration.yaml';
const configurationSchema = z.looseObject({ kind: z.literal('Configuration'), spec: z.looseObject({}).optional() });

const scopedSchema = z.object({ kind: z.string(), scopes: z.array(z.string()).default([]) });

const componentSchema = scopedSchema.extend({
  spec: z.looseObject({
    metadata: z.array(z.looseObject({ secretKeyRef: z.object({ name: z.string() }).optional() })).optional(),
  }),
});

/** What one service adds to the Configuration of all: components/services/NAME.yaml. */
const serviceConfigurationSchema = z.looseObject({
  spec: z.looseObject({
    secrets: z.object({ scopes: z.tuple([z.looseObject({ allowedSecrets: z.array(z.string()) })]) }),
  }),
});

function placeholderValues(context: StackContext): Record<string, string> {
  return {
    REDIS_HOST: `127.0.0.1:${context.ports.redis}`,
    KAFKA_BROKERS: `127.0.0.1:${context.ports.kafka}`,
    ELASTICSEARCH_URL: elasticsearchUrl(context),
    ...mailPlaceholders(context),
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

function isResource(file: string): boolean {
  return /\.ya?ml$/.test(file) && file !== configurationFile && !file.startsWith('services/');
}

function resourceFiles(): string[] {
  return readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(isResource).sort();
}

function serviceConfiguration(service: ServiceName): z.infer<typeof serviceConfigurationSchema> {
  return serviceConfigurationSchema.parse(parse(readFileSync(`${sources}/services/${service}.yaml`, 'utf8')));
}

/**
 * The variables that the environment of a service's sidecar holds secrets under: those that the service may ask for, and those
 * that the components in its scope are opened with. Each is the name of the secret in capitals, with _ for -.
 */
export function secretVariables(service: ServiceName): string[] {
  const owned = serviceConfiguration(service).spec.secrets.scopes[0].allowedSecrets;
  const ofComponents = resourceFiles()
    .flatMap((file) =>
      parseAllDocuments(readFileSync(`${sources}/${file}`, 'utf8')).map((document) => componentSchema.parse(document.toJS())),
    )
    .filter(({ kind, scopes }) => kind === 'Component' && scopes.includes(service))
    .flatMap(({ spec }) => spec.metadata ?? [])
    .flatMap(({ secretKeyRef }) => secretKeyRef?.name ?? []);
  return [...new Set([...owned, ...ofComponents])];
}

interface RenderedResource {
  name: string;
  scopes: readonly string[];
  text: string;
}

/** Each resource gets a file of its own: some are ignored behind another document. */
function readResources(values: Readonly<Record<string, string>>): RenderedResource[] {
  return resourceFiles().flatMap((file) => {
    const documents = [...parseAllDocuments(fillPlaceholders(`${sources}/${file}`, values))];
    return documents.flatMap((document, index) => {
      const [problem] = document.errors;
      if (problem) throw new StepFailure(`components/${file}: ${problem.message}`);
      if (document.contents === null) return [];
      const name = `${file.replaceAll('/', '-').replace(/\.ya?ml$/, '')}${documents.length > 1 ? `-${index + 1}` : ''}.yaml`;
      return [{ name, scopes: scopedSchema.parse(document.toJS()).scopes, text: document.toString() }];
    });
  });
}

/** A flat folder for each service, with what is in its scope: a sidecar that looks for changes tells of all others each time. */
function renderResources(context: StackContext): void {
  const target = context.folders.components;
  rmSync(target, { recursive: true, force: true });
  const resources = readResources(placeholderValues(context));
  for (const service of serviceNames) {
    const folder = resourcesFolder(context, service);
    mkdirSync(folder, { recursive: true });
    for (const { name, text } of resources.filter(({ scopes }) => scopes.length === 0 || scopes.includes(service))) {
      if (existsSync(`${folder}/${name}`)) throw new StepFailure(`two files of components/ become ${name}`);
      writeFileSync(`${folder}/${name}`, text);
    }
  }
}

/** Where the sidecars of a service find their resources. */
export function resourcesFolder({ folders }: Pick<StackContext, 'folders'>, service: ServiceName): string {
  return `${folders.components}/${service}`;
}

/**
 * One Dapr Configuration for each service, with what only this machine knows: how sidecars find each other, and where traces go.
 * Access control is left out: it goes by the callers' certificates, which sidecars have on Kubernetes only.
 */
function renderConfigurations(context: StackContext, traceUrl: string | undefined): void {
  const common = configurationSchema.parse(parse(readFileSync(`${sources}/${configurationFile}`, 'utf8')));
  const nameResolution = {
    component: 'sqlite',
    version: 'v1',
    configuration: { connectionString: context.folders.nameResolution },
  };
  const tracing = traceUrl === undefined ? {} : { tracing: { samplingRate: '1', zipkin: { endpointAddress: traceUrl } } };
  mkdirSync(context.folders.configurations, { recursive: true });
  for (const service of serviceNames) {
    const { secrets } = serviceConfiguration(service).spec;
    const configuration = { ...common, metadata: { name: service }, spec: { ...common.spec, secrets, nameResolution, ...tracing } };
    writeFileSync(`${context.folders.configurations}/${service}.yaml`, stringify(configuration));
  }
}

export function renderComponents(context: StackContext, traceUrl: string | undefined): void {
  renderResources(context);
  renderConfigurations(context, traceUrl);
  // Entries of an earlier run would send calls to instances that no longer exist.
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${context.folders.nameResolution}${suffix}`, { force: true });
}
