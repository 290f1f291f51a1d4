import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { findHelm } from '../../deploy/local/infrastructure/helm-binary.ts';
import { repositoryRoot } from '../../deploy/local/profile.ts';

export type ChartName = 'ticketing' | 'ticketing-infra';

export interface RenderOptions {
  /** Laid over the chart's own values, and over the few that it cannot do without. */
  readonly values?: object;
  /** The release's name; by default the usual one of the chart. */
  readonly release?: string;
  readonly namespace?: string;
  /** The cluster's version of Kubernetes. */
  readonly kubernetesVersion?: string;
  /** Where the chart is, when it is a copy. */
  readonly folder?: string;
}

const strings = z.record(z.string(), z.string());
const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: strings.default({}),
    annotations: strings.default({}),
  }),
  spec: z.record(z.string(), z.unknown()).optional(),
  data: strings.optional(),
});

/** One rendered object. What is not named here is there as well, as `unknown`. */
export type Manifest = z.infer<typeof manifestSchema>;

const usualReleases: Record<ChartName, string> = { ticketing: 'ticketing', 'ticketing-infra': 'infra' };
// Helm's own idea of a cluster depends on how it was built.
const usualKubernetesVersion = '1.34.0';
const execFileAsync = promisify(execFile);
const failureSchema = z.object({ stderr: z.string().min(1) });
const longestOutputBytes = 16 * 1024 * 1024;

/** What the chart becomes, hooks and tests included. @throws Error with Helm's words when Helm refuses */
export async function renderChart(chart: ChartName, options: RenderOptions = {}): Promise<Manifest[]> {
  return parseManifests(await renderText(chart, options));
}

/** The objects of a YAML stream. @throws Error when it is broken */
export function parseManifests(text: string): Manifest[] {
  const manifests: Manifest[] = [];
  for (const document of parseAllDocuments(text)) {
    const [problem] = document.errors;
    if (problem) throw new Error(`broken YAML: ${problem.message}`);
    // A template whose condition is false leaves an empty document.
    if (document.contents !== null) manifests.push(manifestSchema.parse(document.toJS()));
  }
  return manifests;
}

/** The text of what the chart becomes. @throws Error with Helm's words when Helm refuses */
export async function renderText(chart: ChartName, options: RenderOptions = {}): Promise<string> {
  const { values = {}, release = usualReleases[chart], namespace = 'ticketing', kubernetesVersion = usualKubernetesVersion } = options;
  const { folder = `${repositoryRoot}charts/${chart}` } = options;
  const args = [
    'template',
    release,
    folder,
    '--namespace',
    namespace,
    '--kube-version',
    kubernetesVersion,
    '--values',
    `${repositoryRoot}charts/testing/${chart}-values.yaml`,
    '--values',
    '-',
  ];
  const rendering = execFileAsync(requireHelm(), args, { maxBuffer: longestOutputBytes });
  // A Helm that gives up early closes its end; what it says counts.
  rendering.child.stdin?.on('error', () => undefined).end(stringify(values));
  const { stdout } = await rendering.catch((error: unknown) => {
    throw new Error(failureSchema.safeParse(error).data?.stderr ?? String(error), { cause: error });
  });
  return stdout;
}

/** Helm's words on values that it must refuse. @throws Error when it accepts them */
export async function chartProblem(chart: ChartName, values: object): Promise<string> {
  const problem = await renderText(chart, { values }).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  if (problem === undefined) throw new Error(`charts/${chart} accepts ${JSON.stringify(values)}`);
  return problem;
}

let helm: string | undefined;

export function requireHelm(): string {
  helm ??= findHelm();
  if (helm === undefined) throw new Error('there is no helm: npm run test:charts builds one, or set HELM');
  return helm;
}
