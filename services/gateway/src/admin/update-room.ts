import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id, instant } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { managedRoomSchema, toManagedRoom } from '../queue/room.ts';

export const updateRoom = defineRoute(
  {
    method: 'put',
    path: '/api/v1/admin/rooms/{concertId}',
    operationId: 'updateRoom',
    summary: 'Open, pause, close or resize a waiting room',
    description: 'Fields that are left out stay as they are.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: {
      params: z.object({ concertId: id }),
      body: z
        .strictObject({
          opensAt: instant.optional(),
          capacity: z.int().min(0).max(limits.roomCapacity).optional(),
          paused: z.boolean().optional(),
          closed: z.boolean().optional(),
          passTtlSeconds: z.int().min(1).max(86_400).optional(),
        })
        .meta({ id: 'UpdateRoom' }),
    },
    responses: { 200: managedRoomSchema },
    problems: ['concert-not-found', 'sale-over', 'waiting-room-lost'],
    absent: 'concert-not-found',
  },
  async ({ services }, { params, body: { opensAt, capacity, paused, closed, passTtlSeconds } }, { user }) => {
    const { result } = await services.queue.updateRoom({
      ...params,
      actor: toActor(user),
      ...(opensAt && { opensAt: timestampFromDate(opensAt) }),
      ...(capacity !== undefined && { capacity }),
      ...(paused !== undefined && { paused }),
      ...(closed !== undefined && { closed }),
      ...(passTtlSeconds !== undefined && { passTtlSeconds }),
    });
    if (result.case !== 'room') return refused(result);
    return { status: 200, body: toManagedRoom(result.value) };
  },
);
