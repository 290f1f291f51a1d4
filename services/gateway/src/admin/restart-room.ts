import { z } from 'zod';
import { role } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { managedRoomSchema, toManagedRoom } from '../queue/room.ts';

export const restartRoom = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/rooms/{concertId}/restarts',
    operationId: 'restartRoom',
    summary: 'Make a lost waiting room anew',
    description: 'For a room that says `waiting-room-lost`: it opens again, empty, with a new draw and without values of its own.',
    tag: 'Administration',
    access: role('operator'),
    input: { params: z.object({ concertId: id }) },
    responses: { 201: managedRoomSchema },
    problems: ['concert-not-found', 'room-not-lost'],
    absent: 'concert-not-found',
  },
  async ({ services }, { params }) => {
    const { result } = await services.queue.restartRoom(params);
    if (result.case !== 'room') return refused(result);
    return { status: 201, body: toManagedRoom(result.value) };
  },
);
