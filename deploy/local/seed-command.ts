import { parseArgs } from 'node:util';
import { Progress } from './progress.ts';
import { seed } from './seed.ts';
import { describeStack } from './stack-description.ts';
import { describeFailure } from './step-failure.ts';

const usage = `npm run seed [-- --help]

Fills the running stack with demonstration data. Doing it again changes nothing.
`;

try {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) process.stdout.write(usage);
  else await new Progress().step('seed data', () => seed(describeStack('dev')));
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
