import { z } from 'zod';

const baseSchema = z.object({
  $ref: z.string().optional(),
  description: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
});
type Schema = z.infer<typeof baseSchema> & {
  properties?: Record<string, Schema | boolean> | undefined;
  patternProperties?: Record<string, Schema | boolean> | undefined;
  allOf?: Schema[] | undefined;
};
const node: z.ZodType<Schema> = baseSchema.extend({
  get properties() {
    return z.record(z.string(), z.union([node, z.boolean()])).optional();
  },
  get patternProperties() {
    return z.record(z.string(), z.union([node, z.boolean()])).optional();
  },
  get allOf() {
    return z.array(node).optional();
  },
});
const documentSchema = z.object({ properties: z.record(z.string(), node), definitions: z.record(z.string(), node) });
const metadataSchema = z.object({ name: z.string(), description: z.string(), version: z.string(), kubeVersion: z.string() });
const map = z.record(z.string(), z.unknown());

interface Row {
  readonly path: string;
  readonly value: unknown;
  readonly text: string;
}

/** What of a chart its README is made from, each as it was read. */
export interface ChartFiles {
  readonly metadata: unknown;
  readonly values: unknown;
  readonly schema: unknown;
}

/** The README of a chart, in Markdown: a table of values for each of its sections. @throws ZodError for a chart without what it needs */
export function createReadme({ metadata, values, schema }: ChartFiles): string {
  const { name, description, version, kubeVersion } = metadataSchema.parse(metadata);
  const { properties, definitions } = documentSchema.parse(schema);
  const lister = new ValueLister(definitions, values);
  const sections = Object.entries(properties).map(([key, property]) => sectionOf(key, lister.rowsOf(key, property, ''), property));
  const head = [
    `# ${name}`,
    '<!-- npm run codegen makes this file from Chart.yaml, values.yaml and values.schema.json. -->',
    `${description}.`,
    `Version ${version}, for Kubernetes ${kubeVersion.replace(/-0$/, '')}. [On Kubernetes](../../docs/kubernetes.md) tells how to install it. Helm refuses values that are not listed here.`,
  ];
  return `${[...head, ...sections].join('\n\n')}\n`;
}

/** A heading, what the section is about, and its values; those that say no more than that have no words of their own. */
function sectionOf(key: string, rows: readonly Row[], { description = '' }: Schema): string {
  const isOneValue = rows.every(({ path }) => path === key);
  const about = isOneValue || description === '' ? [] : [description];
  const table = tableOf(rows.map((row) => (about.includes(row.text) ? { ...row, text: '' } : row)));
  return [`## ${key}`, ...about, table].join('\n\n');
}

class ValueLister {
  readonly #definitions: Record<string, Schema>;
  readonly #values: unknown;
  /** Where an object that is used in several places was listed. */
  readonly #listed = new Map<string, string>();

  constructor(definitions: Record<string, Schema>, values: unknown) {
    this.#definitions = definitions;
    this.#values = values;
  }

  /** The schema with what it refers to; its own words come first. */
  #resolve(schema: Schema): Schema {
    const [first] = schema.allOf ?? [];
    const target = schema.$ref === undefined ? first : this.#definitions[schema.$ref.replace('#/definitions/', '')];
    return target === undefined ? schema : { ...this.#resolve(target), ...schema };
  }

  /** The values at a path and below it; one that is not described has the words of what it is part of. */
  rowsOf(path: string, schema: Schema, inherited: string): Row[] {
    const resolved = this.#resolve(schema);
    const text = resolved.description ?? inherited;
    const row = { path, value: valueAt(this.#values, path), text: withChoices(text, resolved) };
    const children = this.#childrenOf(resolved);
    if (children.length === 0) return [row];
    const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
    const before = reference === undefined ? undefined : this.#listed.get(reference);
    if (before !== undefined) return [{ ...row, text: `${schema.description ?? ''} As \`${before}\`.`.trim() }];
    if (reference !== undefined) this.#listed.set(reference, path);
    return children.flatMap(([key, child]) => this.rowsOf(`${path}.${key}`, child, text));
  }

  /** What is inside an object and described. Of an object with any name, what is its own: all else is described elsewhere. */
  #childrenOf({ properties = {}, patternProperties = {} }: Schema): [string, Schema][] {
    const named = Object.entries(properties).flatMap(([key, child]): [string, Schema][] =>
      typeof child === 'boolean' ? [] : [[key, child]],
    );
    const patterns = Object.values(patternProperties).flatMap((child) => (typeof child === 'boolean' ? [] : [this.#resolve(child)]));
    const own = patterns.flatMap((child) => this.#childrenOf(child).filter(([, { $ref }]) => $ref === undefined));
    const children = [...named, ...own.map(([key, child]): [string, Schema] => [`NAME.${key}`, child])];
    return children.some(([, child]) => this.#resolve(child).description !== undefined) ? children : [];
  }
}

function valueAt(values: unknown, path: string): unknown {
  return path.split('.').reduce((inner: unknown, key) => map.safeParse(inner).data?.[key], values);
}

function withChoices(text: string, schema: Schema): string {
  return schema.enum === undefined ? text : `${text} One of ${schema.enum.map((choice) => `\`${String(choice)}\``).join(', ')}.`;
}

function tableOf(rows: readonly Row[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const lines = rows.map(({ path, value, text }) => {
    const usual = value === undefined ? '' : `\`${cell(JSON.stringify(value))}\``;
    return `| \`${path}\` | ${usual} | ${cell(text)} |`;
  });
  return ['| value | default | what |', '|---|---|---|', ...lines].join('\n');
}
