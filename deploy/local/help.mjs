import { readFileSync } from 'node:fs';

const verbs = {
  start: 'bring everything up, seeded; Ctrl-C ends it (-- --help for options)',
  stop: 'end what npm start has started',
  process: 'list, stop, kill or start single processes (-- kill redis)',
  test: 'unit, integration and end-to-end tests on a stack of their own',
  'test:unit': 'only what needs no stack',
  'test:charts': 'the Helm charts as they render, and the alerts',
  'test:int': 'each service against the real parts (-- --mysql: on MySQL)',
  'test:e2e': 'the whole product through the gateway',
  'test:faults': 'kill, pause and confuse everything while buyers buy, then recount (-- --help for options)',
  'test:relevance': 'how well search answers judged queries, by group',
  'test:cluster': 'the product on a Kubernetes cluster: installed, disturbed and removed again (-- --help for options)',
  'test:kind': 'kind:up, Tilt and kind:down as a newcomer meets them, on a real Docker engine (-- --help for options)',
  lint: 'format, types, rules, boundaries, unused code, contracts, generated files',
  build: 'compile the services',
  codegen: 'generate contracts from proto/ and the API and event documents',
  seed: 'load the demonstration data into the running stack',
  explain: 'write down how the database answers the queries of hot paths',
  reindex: 'fill the search index anew while the old one answers (-- --check: only compare)',
  demo: 'let buyers race for seats, then prove the books (-- --buyers 1000 --seats 200)',
  room: 'look after a waiting room: open, pause, capacity, restart (-- --help for the verbs)',
  'verify-draw': 'compute the draw of a waiting room again (-- CONCERT)',
  witness: 'recount the books of the running stack, or of any other (-- --help for how)',
  bench: 'measure a part of the product beside a route that does nothing (-- --help for the parts)',
  images: 'build the images with Docker (-- --help for options)',
  sbom: 'list the packages of each image, as CycloneDX',
  'kind:up': 'a Kubernetes cluster in Docker with the whole product; Tilt uses it too',
  'kind:down': 'remove that cluster and its data',
  'kind:secrets': 'make the Secrets that the charts read, where they are missing',
  help: 'this list',
};

const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
for (const [verb, meaning] of Object.entries(verbs)) {
  if (scripts[verb]) console.log(`npm run ${verb.padEnd(12)}  ${meaning}`);
}
