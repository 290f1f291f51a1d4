import { parseArgs } from 'node:util';
import { exitCodeOf, formatFindings, recount } from '@ticketing/common/witness/run-witness';
import type { WitnessConfig } from '@ticketing/common/witness/sources';
import { configFromEnvironment, WitnessMisconfigured } from '@ticketing/common/witness/witness-config';
import { describeStack } from '../stack-description.ts';
import { describeFailure, StepFailure } from '../step-failure.ts';
import { configOfStack } from './stack-books.ts';

const usage = `npm run witness [-- --json] [-- --settle SECONDS]

Recounts the books from the databases of all services: every seat, ticket, payment, ledger entry, event and place in a waiting room.
Ends with 0 when every invariant holds, with 1 and the offending rows when one does not, with 2 when it can't look: at nothing, or at
a part that is not named, is not there or does not answer.
  --json     print the findings as JSON
  --settle   how long what is under way (events, sagas) has to arrive: 30 seconds unless said otherwise; a row is
             found when it is there all that time

It looks at the running stack of this machine, or wherever these variables say; an account that may only read is enough:
  WITNESS_DB_HOST, WITNESS_DB_PORT (3306), WITNESS_DB_USER (witness), WITNESS_DB_PASSWORD   one server for all databases
  WITNESS_PAYMENT_DB_HOST, …_PORT, …_USER, …_PASSWORD, …_NAME                               another for one service: USER, CONCERT,
                                                                                            RESERVATION, PAYMENT
  WITNESS_REDIS_HOST, WITNESS_REDIS_PORT (6379), WITNESS_REDIS_PASSWORD                     waiting rooms; left out, it ends with 2
  WITNESS_ELASTICSEARCH_URL                                                                 the search index; left out, it ends with 2
`;

function whereToLook(): WitnessConfig {
  return configFromEnvironment(process.env) ?? configOfStack(describeStack('dev'));
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0 && seconds <= 3_600) return seconds;
  throw new StepFailure(`--settle takes 0 to 3600 seconds, not "${text}"`);
}

try {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean', default: false },
      settle: { type: 'string', default: '30' },
    },
  });
  if (values.help) process.stdout.write(usage);
  else {
    const findings = await recount(whereToLook(), readSeconds(values.settle) * 1_000);
    process.stdout.write(`${values.json ? JSON.stringify(findings, null, 2) : formatFindings(findings)}\n`);
    process.exitCode = exitCodeOf(findings);
  }
} catch (error) {
  process.stderr.write(`${error instanceof WitnessMisconfigured ? error.message : describeFailure(error)}\n`);
  process.exitCode = 2;
}
