import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { managedRoomSchema, toManagedRoom } from '../queue/room.ts';

export const getManagedRoom = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/rooms/{concertId}',
    operationId: 'getManagedRoom',
    summary: 'A waiting room with its figures',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ concertId: id }) },
    responses: { 200: managedRoomSchema },
    problems: ['concert-not-found', 'sale-over', 'waiting-room-lost'],
    absent: 'concert-not-found',
  },
  async ({ services }, { params }, { user }) => {
    const { result } = await services.queue.getRoom({ ...params, manage: true, actor: toActor(user) });
    if (result.case !== 'room') return refused(result);
    return { status: 200, body: toManagedRoom(result.value) };
  },
);
