import { parseArgs } from 'node:util';
import { describeStack } from '../stack-description.ts';
import { describeFailure } from '../step-failure.ts';
import { formatFindings, isClean, runWitness } from './run-witness.ts';

const usage = `npm run witness [-- --help]

Recounts the books of the running stack from its databases: every seat, ticket, payment and ledger entry.
Ends with 0 when every invariant holds, with 1 and the offending rows when one does not.
`;

try {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) process.stdout.write(usage);
  else {
    const findings = await runWitness(describeStack('dev'));
    process.stdout.write(`${formatFindings(findings)}\n`);
    process.exitCode = isClean(findings) ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
