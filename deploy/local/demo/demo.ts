import { parseArgs } from 'node:util';
import { formatFindings, isClean } from '@ticketing/common/witness/run-witness';
import { ApiClient } from '../client/api-client.ts';
import { describeStack } from '../stack-description.ts';
import { describeFailure, StepFailure } from '../step-failure.ts';
import { runWitness } from '../witness/stack-books.ts';
import { prepareSale } from './prepare-sale.ts';
import { raceForSeats } from './race-for-seats.ts';
import { countSale, describeSale } from './sale-count.ts';
import { LiveTally } from './tally.ts';

const usage = `npm run demo [-- --buyers 500] [--seats 100] [--capacity 200] [--connections 64]

Lets buyers race for the seats of a new concert through the gateway of the running stack, then recounts the databases.
  --buyers       how many people come (1 to 20000)
  --seats        how many seats there are (1 to 20000)
  --capacity     how many people the waiting room lets in at once
  --connections  connections to the gateway
Ends with 0 only if every sold seat is paid for and ticketed once and every won is accounted for.
`;

function readNumber(name: string, text: string, maximum: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= maximum) return number;
  throw new StepFailure(`--${name} takes a whole number from 1 to ${maximum}, not "${text}"`);
}

async function demo(values: { buyers: string; seats: string; capacity: string; connections: string }): Promise<boolean> {
  const buyers = readNumber('buyers', values.buyers, 20_000);
  const seats = readNumber('seats', values.seats, 20_000);
  const capacity = readNumber('capacity', values.capacity, 100_000);
  const stack = describeStack('dev');
  const api = new ApiClient(stack.gatewayUrl, { connections: readNumber('connections', values.connections, 1_000) });
  const tally = new LiveTally(buyers);
  try {
    const sale = await prepareSale(api, stack, { seats, capacity });
    process.stdout.write(`${buyers} buyers, ${seats} seats, ${capacity} let in at once: ${sale.title}\n`);
    tally.start();
    await raceForSeats(api, sale, buyers, tally);
    tally.stop();
    const findings = await runWitness(stack);
    const count = await countSale(stack, sale.performanceId);
    process.stdout.write(`\n${describeSale(count, tally.counts)}\n\nThe witness, from the databases:\n${formatFindings(findings)}\n`);
    return isClean(findings) && count.proven && tally.counts.errors === 0;
  } finally {
    tally.stop();
    await api.close();
  }
}

try {
  const { values } = parseArgs({
    options: {
      buyers: { type: 'string', default: '500' },
      seats: { type: 'string', default: '100' },
      capacity: { type: 'string', default: '200' },
      connections: { type: 'string', default: '64' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) process.stdout.write(usage);
  else {
    const proven = await demo(values);
    process.stdout.write(proven ? '\nProof holds.\n' : '\nPROOF FAILED.\n');
    process.exitCode = proven ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`\n${describeFailure(error)}\n`);
  process.exitCode = 1;
}
