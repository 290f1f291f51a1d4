import { parseArgs } from 'node:util';
import { Progress } from './progress.ts';
import { describeFailure } from './step-failure.ts';
import { stopStack } from './stop-stack.ts';

try {
  const { values } = parseArgs({ options: { test: { type: 'boolean' }, cluster: { type: 'boolean' } } });
  // --test ends what an interrupted test run left behind, --cluster what npm run test:cluster -- --keep did.
  await stopStack(values.test ? 'test' : values.cluster ? 'cluster' : 'dev', new Progress());
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
