import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id, optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { managedRoomSchema, toManagedRoom } from '../queue/room.ts';

export const restartRoom = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/rooms/{concertId}/restarts',
    operationId: 'restartRoom',
    summary: 'Restart a lost waiting room',
    description: 'For a room that says `waiting-room-lost`: it opens again empty, with a new draw and the default settings.',
    tag: 'Administration',
    access: role('operator'),
    input: { params: z.object({ concertId: id }), idempotencyKey: optionalIdempotencyKey },
    responses: { 201: managedRoomSchema },
    problems: ['concert-not-found', 'room-not-lost'],
    absent: 'concert-not-found',
  },
  async ({ services }, { params, idempotencyKey }, { user }) => {
    const { result } = await services.queue.restartRoom({ ...params, actor: toActor(user), idempotencyKey });
    if (result.case !== 'room') return refused(result);
    return { status: 201, body: toManagedRoom(result.value) };
  },
);
