import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { createReadme } from './chart-readme.ts';

const [root = repositoryRoot] = process.argv.slice(2);

for (const chart of ['ticketing', 'ticketing-infra']) {
  const read = (file: string): unknown => parse(readFileSync(`${repositoryRoot}charts/${chart}/${file}`, 'utf8'));
  const readme = createReadme({ metadata: read('Chart.yaml'), values: read('values.yaml'), schema: read('values.schema.json') });
  mkdirSync(`${root}/charts/${chart}`, { recursive: true });
  writeFileSync(`${root}/charts/${chart}/README.md`, readme);
}
