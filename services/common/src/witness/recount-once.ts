import { exitCodeOf, formatFindings, recount } from './run-witness.ts';
import { configFromEnvironment } from './witness-config.ts';

// What the chart's CronJob runs, in the image of a service.
// In a shop that is open there is always something under way, so it gets some minutes to arrive.
const settleMs = 180_000;

const config = configFromEnvironment(process.env);
if (!config) throw new Error('WITNESS_DB_HOST is missing');
const findings = await recount(config, settleMs);
process.stdout.write(`${formatFindings(findings)}\n`);
process.exitCode = exitCodeOf(findings);
