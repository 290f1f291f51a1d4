import { SidecarError } from '@ticketing/common/dapr';
import { on, project } from '@ticketing/common/inbox';
import { receiveEvents } from '@ticketing/common/receive-events';
import { serveRpc } from '@ticketing/common/rpc-server';
import { createServiceApp, internalErrors, requireAppToken } from '@ticketing/common/service-app';
import type { EventData } from '@ticketing/contracts/events';
import { SettingsService } from '@ticketing/contracts/gen/ticketing/common/v1/settings_pb';
import { QueueService } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Express } from 'express';
import type { Context } from './context.ts';
import { getDraw } from './draw/get-draw.ts';
import { getLivePasses } from './passes/get-live-passes.ts';
import { finishPlaces } from './places/finish-places.ts';
import { getQueueToken } from './places/get-queue-token.ts';
import { getQueueTokens } from './places/get-queue-tokens.ts';
import { joinQueue } from './places/join-queue.ts';
import { leaveQueue } from './places/leave-queue.ts';
import { revokePass } from './places/revoke-pass.ts';
import { getRoom } from './rooms/get-room.ts';
import { getRoomLine } from './rooms/get-room-line.ts';
import { restartRoom } from './rooms/restart-room.ts';
import { updateRoom } from './rooms/update-room.ts';

export function createApp(ctx: Context): Express {
  const app = createServiceApp({ telemetry: ctx.telemetry, ready: () => checkSidecar(ctx) });
  app.use(requireAppToken(ctx.config.APP_API_TOKEN));
  app.use(
    receiveEvents(
      [
        project('concert.created', (concerts) => prepareRooms(ctx, concerts)),
        project('concert.updated', (concerts) => prepareRooms(ctx, concerts)),
        on('payment.completed', (payments) => finishPlaces(ctx, payments)),
      ],
      { service: ctx.config.APP_ID, sidecar: ctx.sidecar, log: ctx.log, ready: () => checkSidecar(ctx) },
    ),
  );
  app.use(
    serveRpc(ctx.log, (router) => {
      router.service(SettingsService, ctx.settings.rpc);
      router.service(QueueService, {
        joinQueue: (request) => joinQueue(ctx, request),
        getQueueToken: (request) => getQueueToken(ctx, request),
        getQueueTokens: (request) => getQueueTokens(ctx, request),
        getRoomLine: (request) => getRoomLine(ctx, request),
        leaveQueue: (request) => leaveQueue(ctx, request),
        revokePass: (request) => revokePass(ctx, request),
        getRoom: (request) => getRoom(ctx, request),
        getDraw: (request) => getDraw(ctx, request),
        updateRoom: (request) => updateRoom(ctx, request),
        restartRoom: (request) => restartRoom(ctx, request),
        getLivePasses: (request) => getLivePasses(ctx, request),
        getPassKeys: () => ({ jwks: ctx.keys.publicJwks }),
      });
    }),
  );
  app.use(internalErrors(ctx.log));
  return app;
}

async function prepareRooms(ctx: Context, concerts: EventData<'concert.created'>[]): Promise<void> {
  await Promise.all(concerts.map(({ concertId, saleOpensAt }) => ctx.rooms.prepare(concertId, Date.parse(saleOpensAt))));
}

async function checkSidecar({ sidecar }: Context): Promise<void> {
  const { status } = await sidecar.request('GET', '/v1.0/healthz/outbound', { timeoutMs: 2_000 });
  if (status !== 204) throw new SidecarError('check the sidecar', status, 'NOT_READY');
}
