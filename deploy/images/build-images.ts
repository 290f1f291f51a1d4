import { requireTools } from '../kind/required-tools.ts';
import { readOptions, runScript } from '../kind/run-script.ts';
import { buildImage, describeSources, imageNames, parseImageNames } from './image-build.ts';

const usage = `npm run images [-- options]

Builds the images with Docker, as REGISTRY/NAME:TAG.
  --service NAME    only this one; may be given several times: ${imageNames.join(', ')}
  --tag TAG         default: dev
  --registry HOST   default: ticketing; localhost:8095 is the one of npm run kind:up
  --push            push them there as well
  --help            this text
`;

await runScript(async ({ progress, signal }) => {
  const values = readOptions(
    {
      service: { type: 'string', multiple: true, default: [] },
      tag: { type: 'string', default: 'dev' },
      registry: { type: 'string', default: 'ticketing' },
      push: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
    'npm run images',
  );
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const names = parseImageNames(values.service);
  requireTools(['docker', 'buildx']);
  const about = await describeSources();
  // One after another: all services share the first stages.
  for (const name of names) {
    const { registry, tag, push } = values;
    await progress.step(
      `image of ${name}`,
      () => buildImage(name, { registry, tag, push, signal }, about),
      (reference) => reference,
    );
  }
});
