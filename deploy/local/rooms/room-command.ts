import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ApiClient } from '../client/api-client.ts';
import { logIn } from '../client/buyer.ts';
import { describeStack } from '../stack-description.ts';
import { describeFailure, StepFailure } from '../step-failure.ts';

const usage = `npm run room -- VERB CONCERT [NUMBER] [--gateway URL]

Looks after the waiting room of a concert, through the public API.
  show        its figures
  open        open it now
  pause       let nobody in until it is resumed
  resume
  close       let nobody in any more and take nobody new
  reopen
  capacity    how many may be in the shop at a time      npm run room -- capacity CONCERT 500
  restart     make a room anew that says waiting-room-lost, empty and with a new draw
Without --gateway it asks the stack that npm start has started, as its demonstration operator. Elsewhere it takes an access token of an
operator from the environment: TICKETING_TOKEN.
`;

interface RoomRequest {
  method: 'GET' | 'PUT' | 'POST';
  path: string;
  body?: object;
}

function requestFor(verb: string, concertId: string, number: string | undefined): RoomRequest {
  const path = `/admin/rooms/${encodeURIComponent(concertId)}`;
  const change = (body: object): RoomRequest => ({ method: 'PUT', path, body });
  switch (verb) {
    case 'show':
      return { method: 'GET', path };
    case 'open':
      return change({ opensAt: new Date().toISOString() });
    case 'pause':
      return change({ paused: true });
    case 'resume':
      return change({ paused: false });
    case 'close':
      return change({ closed: true });
    case 'reopen':
      return change({ closed: false });
    case 'capacity':
      return change({ capacity: readCapacity(number) });
    case 'restart':
      return { method: 'POST', path: `${path}/restarts` };
    default:
      throw new StepFailure(`unknown verb "${verb}"`, { fix: 'npm run room -- --help' });
  }
}

function readCapacity(text: string | undefined): number {
  const capacity = Number(text);
  if (text !== undefined && Number.isInteger(capacity) && capacity >= 0) return capacity;
  throw new StepFailure('a capacity is a whole number from 0', { fix: 'npm run room -- capacity CONCERT 500' });
}

async function tokenFor(api: ApiClient, gateway: string | undefined): Promise<string> {
  const given = process.env['TICKETING_TOKEN'];
  if (given) return given;
  if (gateway !== undefined)
    throw new StepFailure('the shop wants to know who you are', { fix: 'put an operator’s access token into TICKETING_TOKEN' });
  return (await logIn(api, 'operator@example.com')).token;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { gateway: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  const [verb, concertId, number] = positionals;
  if (values.help || verb === undefined || concertId === undefined) {
    process.stdout.write(usage);
    return;
  }
  const { method, path, body } = requestFor(verb, concertId, number);
  const api = new ApiClient(values.gateway ?? describeStack('dev').gatewayUrl, { connections: 1 });
  try {
    const token = await tokenFor(api, values.gateway);
    const room = await api.call(z.looseObject({ concertId: z.string() }), method, path, { token, body });
    for (const [name, value] of Object.entries(room)) process.stdout.write(`${name.padEnd(18)} ${String(value)}\n`);
  } finally {
    await api.close();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
