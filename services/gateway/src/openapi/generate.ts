import { mkdir, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { routes } from '../app.ts';
import { createApiDocument } from './document.ts';
import { createEventCatalogue } from './event-catalogue.ts';
import { createProblemCatalogue } from './problem-catalogue.ts';

const [folder] = process.argv.slice(2);
const docs = folder === undefined ? new URL('../../../../docs/', import.meta.url) : pathToFileURL(`${folder}/`);

await mkdir(docs, { recursive: true });
await writeFile(new URL('openapi.json', docs), `${JSON.stringify(createApiDocument(routes), null, 2)}\n`);
await writeFile(new URL('problems.md', docs), createProblemCatalogue());
await writeFile(new URL('events.md', docs), createEventCatalogue());
