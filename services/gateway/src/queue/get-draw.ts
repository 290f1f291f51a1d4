import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { id, shownId } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

const drawSchema = z
  .object({
    concertId: shownId,
    drawCommitment: z.string().meta({ description: 'SHA-256 of the seed; it was known before.' }),
    drawSeed: z.string().meta({ description: '32 bytes in hex.' }),
    lastJoinNumber: z.int().meta({ description: 'Drawn are the join numbers from 1 to this one, without those that are absent.' }),
    absent: z
      .array(z.tuple([z.int(), z.int()]))
      .meta({ description: 'The join numbers of those who had left before the draw: from and to, both included, in ascending order.' }),
  })
  .meta({ id: 'Draw', description: 'All that is needed to draw the places of a waiting room again.' });

export const getDraw = defineRoute(
  {
    method: 'get',
    path: '/api/v1/queue/rooms/{concertId}/draw',
    operationId: 'getDraw',
    summary: 'What the places of a waiting room were drawn from',
    tag: 'Waiting room',
    access: anyone,
    input: { params: z.object({ concertId: id }) },
    responses: { 200: drawSchema },
    problems: ['concert-not-found', 'not-drawn-yet', 'waiting-room-lost'],
    absent: 'concert-not-found',
  },
  async ({ services }, { params }) => {
    const { result } = await services.queue.getDraw(params);
    if (result.case !== 'draw') return refused(result);
    const { concertId, drawCommitment, drawSeed, lastJoinNumber, absent } = result.value;
    const ranges = absent.map(({ from, to }): [number, number] => [from, to]);
    return { status: 200, body: { concertId, drawCommitment, drawSeed, lastJoinNumber, absent: ranges } };
  },
);
