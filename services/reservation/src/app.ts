import { receiveDeadLetters } from '@ticketing/common/dead-letters';
import { once } from '@ticketing/common/inbox';
import { consumerOf, receiveEvents } from '@ticketing/common/receive-events';
import { type RpcRouter, serveRpc } from '@ticketing/common/rpc-server';
import { createServiceApp, internalErrors, requireAppToken } from '@ticketing/common/service-app';
import { OperationsService } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { SettingsService } from '@ticketing/contracts/gen/ticketing/common/v1/settings_pb';
import { OrderService } from '@ticketing/contracts/gen/ticketing/reservation/v1/orders_pb';
import { ReservationService } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { SalesService } from '@ticketing/contracts/gen/ticketing/reservation/v1/sales_pb';
import { TicketService } from '@ticketing/contracts/gen/ticketing/reservation/v1/tickets_pb';
import type { Express } from 'express';
import { blockSeats } from './blocks/block-seats.ts';
import { listBlocks } from './blocks/list-blocks.ts';
import { releaseBlock } from './blocks/release-block.ts';
import type { Context } from './context.ts';
import { checkIn } from './gate/check-in.ts';
import { checkInAll } from './gate/check-in-all.ts';
import { getGateList } from './gate/get-gate-list.ts';
import { getGateSummary } from './gate/get-gate-summary.ts';
import { undoCheckIn } from './gate/undo-check-in.ts';
import { getOrder } from './orders/get-order.ts';
import { listAttendees } from './orders/list-attendees.ts';
import { listOrders } from './orders/list-orders.ts';
import { buildInventories } from './performances/build-inventory.ts';
import { followPerformances } from './performances/follow-performances.ts';
import { stopSales } from './performances/stop-sales.ts';
import { abandonReservation } from './reservations/abandon-reservation.ts';
import { cancelReservation } from './reservations/cancel-reservation.ts';
import { confirmReservation } from './reservations/confirm-reservation.ts';
import { getReservation } from './reservations/get-reservation.ts';
import { holdSeats } from './reservations/hold-seats.ts';
import { listReservations } from './reservations/list-reservations.ts';
import { releaseReservation } from './reservations/release-reservation.ts';
import { releaseTickets } from './reservations/release-tickets.ts';
import { countRefunded, countSold } from './sales/count-sales.ts';
import { getSales } from './sales/get-sales.ts';
import { listSalesPeriods } from './sales/list-sales-periods.ts';
import { getAvailability } from './seats/get-availability.ts';
import { getSeatChanges } from './seats/get-seat-changes.ts';
import { getSeatMap } from './seats/get-seat-map.ts';
import { countLiveTickets } from './tickets/count-live-tickets.ts';
import { getTicket } from './tickets/get-ticket.ts';
import { listTickets } from './tickets/list-tickets.ts';
import { acceptTransfer } from './transfers/accept-transfer.ts';
import { offerTransfer } from './transfers/offer-transfer.ts';
import { revokeTransfer } from './transfers/revoke-transfer.ts';

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
    once(ctx.db, 'performance.scheduled', buildInventories),
    once(ctx.db, 'performance.rescheduled', followPerformances),
    once(ctx.db, 'performance.updated', followPerformances),
    once(ctx.db, 'performance.cancelled', stopSales),
    once(ctx.db, 'reservation.confirmed', countSold),
    once(ctx.db, 'reservation.partly-refunded', countRefunded),
    once(ctx.db, 'reservation.refunded', countRefunded),
  ];
}

/** What others can ask of it. */
function declareServices(ctx: Context, router: RpcRouter): void {
  router.service(OperationsService, ctx.operations.rpc);
  router.service(ReservationService, {
    getSeatMap: (request) => getSeatMap(ctx, request),
    getSeatChanges: (request) => getSeatChanges(ctx, request),
    holdSeats: (request) => holdSeats(ctx, request),
    getReservation: (request) => getReservation(ctx, request),
    listReservations: (request) => listReservations(ctx, request),
    cancelReservation: (request) => cancelReservation(ctx, request),
    getTicket: (request) => getTicket(ctx, request),
    countLiveTickets: (request) => countLiveTickets(ctx, request),
    getTicketKeys: () => ({ jwks: ctx.ticketKeys.publicJwks }),
    getAvailability: (request) => getAvailability(ctx, request),
    confirmReservation: (request) => confirmReservation(ctx, request),
    releaseReservation: (request) => releaseReservation(ctx, request),
    releaseTickets: (request) => releaseTickets(ctx, request),
    abandonReservation: (request) => abandonReservation(ctx, request),
    checkIn: (request) => checkIn(ctx, request),
    checkInAll: (request) => checkInAll(ctx, request),
    undoCheckIn: (request) => undoCheckIn(ctx, request),
    getGateList: (request) => getGateList(ctx, request),
    getGateSummary: (request) => getGateSummary(ctx, request),
    blockSeats: (request) => blockSeats(ctx, request),
    releaseBlock: (request) => releaseBlock(ctx, request),
    listBlocks: (request) => listBlocks(ctx, request),
  });
  router.service(TicketService, {
    listTickets: (request) => listTickets(ctx, request),
    offerTransfer: (request) => offerTransfer(ctx, request),
    revokeTransfer: (request) => revokeTransfer(ctx, request),
    acceptTransfer: (request) => acceptTransfer(ctx, request),
  });
  router.service(OrderService, {
    listOrders: (request) => listOrders(ctx, request),
    getOrder: (request) => getOrder(ctx, request),
    listAttendees: (request) => listAttendees(ctx, request),
  });
  router.service(SalesService, {
    getSales: (request) => getSales(ctx, request),
    listSalesPeriods: (request) => listSalesPeriods(ctx, request),
  });
  router.service(SettingsService, ctx.settings.rpc);
}
