import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { roomSchema, toRoom } from './room.ts';

export const getRoom = defineRoute(
  {
    method: 'get',
    path: '/api/v1/queue/rooms/{concertId}',
    operationId: 'getRoom',
    summary: 'A waiting room',
    tag: 'Waiting room',
    access: anyone,
    input: { params: z.object({ concertId: id }) },
    responses: { 200: roomSchema },
    problems: ['concert-not-found', 'room-not-found', 'waiting-room-lost'],
    absent: 'concert-not-found',
  },
  async ({ services }, { params }) => {
    const { result } = await services.queue.getRoom(params);
    if (result.case !== 'room') return refused(result);
    return { status: 200, body: toRoom(result.value) };
  },
);
