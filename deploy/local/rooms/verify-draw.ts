import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ApiClient } from '../client/api-client.ts';
import { describeStack } from '../stack-description.ts';
import { describeFailure, StepFailure } from '../step-failure.ts';
import { computePlaces, correlationOf } from './draw-check.ts';

const usage = `npm run verify-draw -- CONCERT [--gateway URL] [--join-number N | --all]

Computes the draw of a concert's waiting room from its seed, as docs/draw.md tells it, and compares it with what the room was bound to.
  --gateway      the shop to ask (default: the stack that npm start has started)
  --join-number  print the place of one join number
  --all          print every place, as lines "joinNumber,place"
Ends with 0 when the seed fits the commitment, with 1 when it does not or the room has not drawn yet.
`;

const roomShape = z.object({ opensAt: z.string(), drawCommitment: z.string(), drawSeed: z.string().optional() });
const drawShape = z.object({
  drawCommitment: z.string(),
  drawSeed: z.string().regex(/^[0-9a-f]{64}$/),
  lastJoinNumber: z.int(),
  absent: z.array(z.tuple([z.int(), z.int()])),
});

async function verify(
  concertId: string,
  options: { gateway?: string | undefined; joinNumber?: string | undefined; all?: boolean },
): Promise<boolean> {
  const api = new ApiClient(options.gateway ?? describeStack('dev').gatewayUrl, { connections: 1 });
  try {
    const path = `/queue/rooms/${encodeURIComponent(concertId)}`;
    const room = await api.call(roomShape, 'GET', path);
    if (room.drawSeed === undefined) {
      process.stdout.write(`The places are not drawn yet; the room opens at ${room.opensAt}. It is bound to ${room.drawCommitment}.\n`);
      return false;
    }
    const draw = await api.call(drawShape, 'GET', `${path}/draw`);
    const seed = Buffer.from(draw.drawSeed, 'hex');
    const fits = createHash('sha256').update(seed).digest('hex') === draw.drawCommitment;
    const places = computePlaces(seed, draw.lastJoinNumber, draw.absent);
    if (options.all) for (const [joinNumber, place] of places) process.stdout.write(`${joinNumber},${place}\n`);
    if (options.joinNumber !== undefined) process.stdout.write(`${placeOf(places, options.joinNumber)}\n`);
    const { correlation, deviations } = correlationOf(places);
    process.stderr.write(
      `drawn:       ${places.size} people of ${draw.lastJoinNumber} who had joined; whoever joined later comes behind them\n` +
        `commitment:  ${fits ? 'fits the seed' : `DOES NOT FIT: ${draw.drawCommitment} is not the SHA-256 of ${draw.drawSeed}`}\n` +
        `correlation: ${correlation.toFixed(4)} of joining and place, ${deviations.toFixed(2)} standard deviations from none\n`,
    );
    return fits;
  } finally {
    await api.close();
  }
}

function placeOf(places: Map<number, number>, text: string): number {
  const place = places.get(Number(text));
  if (place !== undefined) return place;
  throw new StepFailure(`join number ${text} was not drawn`, {
    fix: 'its owner had left before the draw, or joined later and comes behind all that were drawn',
  });
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      gateway: { type: 'string' },
      'join-number': { type: 'string' },
      all: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [concertId] = positionals;
  if (values.help || concertId === undefined) {
    process.stdout.write(usage);
    return;
  }
  const { gateway, all = false } = values;
  process.exitCode = (await verify(concertId, { gateway, all, joinNumber: values['join-number'] })) ? 0 : 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
