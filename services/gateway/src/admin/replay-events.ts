import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { isEventType } from '@ticketing/contracts/events';
import { z } from 'zod';
import { role } from '../auth/access.ts';
import { instant, optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { keepers } from './operators.ts';
import { replaySchema, toReplay } from './replay.ts';

const eventType = z.string().refine(isEventType, 'Must be a type of event; docs/events.md lists them').meta({ example: 'concert.updated' });

const body = z
  .strictObject({
    service: z.enum(keepers).meta({ description: 'Whose events; the service that has written them.' }),
    from: instant,
    to: instant,
    types: z.array(eventType).min(1).max(50).optional(),
  })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'Must be after from' })
  .meta({ id: 'ReplayEvents' });

export const replayEvents = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/events/replays',
    operationId: 'replayEvents',
    summary: 'Publish the events of a time again',
    description:
      'Consumers that derive state from events (search index, waiting rooms) process them again; those that book money or sell seats ignore them. ' +
      'Reaches as far back as the outbox keeps events.',
    tag: 'Administration',
    access: role('operator'),
    input: { body, idempotencyKey: optionalIdempotencyKey },
    responses: { 202: replaySchema },
    problems: [],
  },
  async ({ services }, { body: { service, from, to, types = [] }, idempotencyKey }, { user }) => {
    const wish = { actorId: user.id, from: timestampFromDate(from), to: timestampFromDate(to), types, idempotencyKey };
    const { result } = await services.operations[service].replayEvents(wish);
    if (result.case !== 'replay') return refused(result);
    const replay = toReplay(result.value);
    return { status: 202, headers: { location: `/api/v1/admin/events/replays/${replay.id}` }, body: replay };
  },
);
