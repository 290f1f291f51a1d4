import { parseArgs } from 'node:util';
import { startProcess, stopProcess, wipe } from './control.ts';
import { isAlive } from './process-identity.ts';
import { type ProcessRecord, readRecords } from './process-record.ts';
import { describeFailure, StepFailure } from './step-failure.ts';

const usage = `npm run process -- VERB [NAME]

Looks after single processes of the running stack, for example to see what the shop does while a part is out.
  list          every process with its state, pid and log
  stop NAME     end it in good order              npm run process -- stop concert-1
  kill NAME     end it like a power cut (SIGKILL) npm run process -- kill redis
  wipe NAME     throw away the data of a stopped redis or elasticsearch
  start NAME    start it again and wait until it is ready
`;

function describe(record: ProcessRecord): string {
  const { name, pid, container, stopped, log } = record;
  const runs = container === undefined ? isAlive(record) : !stopped;
  return `${name.padEnd(20)}${(runs ? 'runs' : 'ended').padEnd(8)}${String(container ?? pid).padEnd(10)}${log}`;
}

async function look(verb: string, name: string): Promise<string> {
  switch (verb) {
    case 'list':
      return readRecords('dev').map(describe).join('\n') || 'nothing was started';
    case 'stop':
      await stopProcess('dev', name);
      return `${name} has ended`;
    case 'kill':
      await stopProcess('dev', name, 'SIGKILL');
      return `${name} was killed`;
    case 'start':
      await startProcess('dev', name);
      return `${name} is ready`;
    case 'wipe':
      if (name !== 'redis' && name !== 'elasticsearch')
        throw new StepFailure('only redis and elasticsearch can be wiped; the rest is not theirs alone');
      await wipe('dev', name);
      return `the data of ${name} is gone`;
    default:
      throw new StepFailure(`unknown verb "${verb}"`, { fix: 'npm run process -- --help' });
  }
}

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } });
  const [verb = '', name = ''] = positionals;
  process.stdout.write(values.help || verb === '' ? usage : `${await look(verb, name)}\n`);
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
