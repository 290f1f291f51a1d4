import { z } from 'zod';
import { role } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { isProblem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { findAmong, keepers } from './operators.ts';
import { replaySchema, toReplay } from './replay.ts';

export const getReplay = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/events/replays/{id}',
    operationId: 'getReplay',
    summary: 'How far a replay is',
    tag: 'Administration',
    access: role('operator'),
    input: { params: z.object({ id }) },
    responses: { 200: replaySchema },
    problems: ['replay-not-found'],
    absent: 'replay-not-found',
  },
  async ({ services }, { params }) => {
    const asked = keepers.map((keeper) => services.operations[keeper]);
    const replay = await findAmong(asked, 'replay-not-found', async (keeper) => {
      const { result } = await keeper.getReplay(params);
      return result.case === 'replay' ? result.value : refused(result);
    });
    if (isProblem(replay)) return replay;
    return { status: 200, body: toReplay(replay) };
  },
);
