import { receiveDeadLetters } from '@ticketing/common/dead-letters';
import { on, project } from '@ticketing/common/inbox';
import { consumerOf, receiveEvents } from '@ticketing/common/receive-events';
import { type RpcRouter, serveRpc } from '@ticketing/common/rpc-server';
import { createServiceApp, internalErrors, requireAppToken } from '@ticketing/common/service-app';
import { OperationsService } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { ConcertService } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { OrganiserService } from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import { WebhookService } from '@ticketing/contracts/gen/ticketing/concert/v1/webhooks_pb';
import type { Express } from 'express';
import { authorize } from './access/authorize.ts';
import { cancelConcert } from './concerts/cancel-concert.ts';
import { createConcert } from './concerts/create-concert.ts';
import { followChanges } from './concerts/follow-changes.ts';
import { getConcert } from './concerts/get-concert.ts';
import { listOwnConcerts } from './concerts/list-own-concerts.ts';
import { publishDraft } from './concerts/publish-draft.ts';
import { updateConcert } from './concerts/update-concert.ts';
import type { Context } from './context.ts';
import { authorizeGate } from './gate/authorize-gate.ts';
import { listGateStaff } from './gate/list-gate-staff.ts';
import { putGateStaff } from './gate/put-gate-staff.ts';
import { removeGateStaff } from './gate/remove-gate-staff.ts';
import { cancelPerformance } from './performances/cancel-performance.ts';
import { describePerformances } from './performances/describe-performances.ts';
import { findCancellation } from './performances/find-cancellation.ts';
import { getPerformance } from './performances/get-performance.ts';
import { getSeatLayout } from './performances/get-seat-layout.ts';
import { listPerformances } from './performances/list-performances.ts';
import { schedulePerformance } from './performances/schedule-performance.ts';
import { updatePerformance } from './performances/update-performance.ts';
import { getRoomRegistration } from './rooms/get-room-registration.ts';
import { getTime } from './rooms/get-time.ts';
import { markRoom } from './rooms/mark-room.ts';
import { registerRoom } from './rooms/register-room.ts';
import { indexConcerts } from './search/index-concerts.ts';
import { searchConcerts } from './search/search-concerts.ts';
import { suggestConcerts } from './search/suggest-concerts.ts';
import { getSynonyms } from './synonyms/get-synonyms.ts';
import { putSynonyms } from './synonyms/put-synonyms.ts';
import { updateVenue } from './venues/update-venue.ts';
import { createWebhook } from './webhooks/create-webhook.ts';
import { deleteWebhook } from './webhooks/delete-webhook.ts';
import { deliverToWebhooks } from './webhooks/deliver-events.ts';
import { listDeliveries } from './webhooks/list-deliveries.ts';
import { listWebhooks } from './webhooks/list-webhooks.ts';
import { redeliverWebhook } from './webhooks/redeliver-webhook.ts';

export function createApp(ctx: Context): Express {
  const app = createServiceApp({ telemetry: ctx.telemetry, ready: ctx.db.check });
  app.use(requireAppToken(ctx.config.APP_API_TOKEN));
  app.use(receiveEvents(eventsOf(ctx), consumerOf(ctx)));
  app.use(receiveDeadLetters(ctx.db));
  app.use(serveRpc(ctx.log, (router) => declareServices(ctx, router)));
  app.use(internalErrors(ctx.log));
  return app;
}

/** What the service does with events. */
function eventsOf(ctx: Context) {
  return [
    project('concert.created', (concerts) => indexConcerts(ctx, concerts)),
    project('concert.updated', (concerts) => indexConcerts(ctx, concerts)),
    on('catalogue.changed', (changes) => followChanges(ctx, changes)),
    ...(ctx.config.WEBHOOKS === 'on' ? deliverToWebhooks(ctx) : []),
  ];
}

/** What others can ask of it. */
function declareServices(ctx: Context, router: RpcRouter): void {
  router.service(OperationsService, ctx.operations.rpc);
  router.service(ConcertService, {
    searchConcerts: (request) => searchConcerts(ctx, request),
    suggestConcerts: (request) => suggestConcerts(ctx, request),
    getConcert: (request) => getConcert(ctx, request),
    listPerformances: (request) => listPerformances(ctx, request),
    describePerformances: (request) => describePerformances(ctx, request),
    getPerformance: (request) => getPerformance(ctx, request),
    getSeatLayout: (request) => getSeatLayout(ctx, request),
    createConcert: (request) => createConcert(ctx, request),
    updateConcert: (request) => updateConcert(ctx, request),
    schedulePerformance: (request) => schedulePerformance(ctx, request),
    getRoomRegistration: (request) => getRoomRegistration(ctx, request),
    markRoom: (request) => markRoom(ctx, request),
    getTime: () => getTime(ctx),
    registerRoom: (request) => registerRoom(ctx, request),
    updateVenue: (request) => updateVenue(ctx, request),
    authorize: (request) => authorize(ctx, request),
    getSynonyms: () => getSynonyms(ctx),
    putSynonyms: (request) => putSynonyms(ctx, request),
    authorizeGate: (request) => authorizeGate(ctx, request),
    putGateStaff: (request) => putGateStaff(ctx, request),
    removeGateStaff: (request) => removeGateStaff(ctx, request),
    listGateStaff: (request) => listGateStaff(ctx, request),
  });
  router.service(OrganiserService, {
    listOwnConcerts: (request) => listOwnConcerts(ctx, request),
    publishConcert: (request) => publishDraft(ctx, request),
    cancelConcert: (request) => cancelConcert(ctx, request),
    updatePerformance: (request) => updatePerformance(ctx, request),
    cancelPerformance: (request) => cancelPerformance(ctx, request),
    findCancellation: (request) => findCancellation(ctx, request),
  });
  router.service(WebhookService, {
    createWebhook: (request) => createWebhook(ctx, request),
    listWebhooks: (request) => listWebhooks(ctx, request),
    deleteWebhook: (request) => deleteWebhook(ctx, request),
    listDeliveries: (request) => listDeliveries(ctx, request),
    redeliverWebhook: (request) => redeliverWebhook(ctx, request),
  });
}
