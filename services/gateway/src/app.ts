import { createServiceApp } from '@ticketing/common/service-app';
import type { Express } from 'express';
import { changeEmail } from './accounts/change-email.ts';
import { changePassword } from './accounts/change-password.ts';
import { deleteMe } from './accounts/delete-me.ts';
import { getSigningKeys } from './accounts/get-signing-keys.ts';
import { logIn } from './accounts/log-in.ts';
import { logOut } from './accounts/log-out.ts';
import { refreshSession } from './accounts/refresh-session.ts';
import { requestPasswordReset } from './accounts/request-password-reset.ts';
import { requestVerification } from './accounts/request-verification.ts';
import { resetPassword } from './accounts/reset-password.ts';
import { signUp } from './accounts/sign-up.ts';
import { updateMe } from './accounts/update-me.ts';
import { verifyEmail } from './accounts/verify-email.ts';
import { whoAmI } from './accounts/who-am-i.ts';
import { blockSeats } from './admin/block-seats.ts';
import { cancelConcert } from './admin/cancel-concert.ts';
import { cancelPayment } from './admin/cancel-payment.ts';
import { cancelPerformance } from './admin/cancel-performance.ts';
import { createConcert } from './admin/create-concert.ts';
import { discardDeadLetter } from './admin/discard-dead-letter.ts';
import { findUsers } from './admin/find-users.ts';
import { forceSaga } from './admin/force-saga.ts';
import { getCancellation } from './admin/get-cancellation.ts';
import { getManagedRoom } from './admin/get-managed-room.ts';
import { getReplay } from './admin/get-replay.ts';
import { getSetting } from './admin/get-setting.ts';
import { listAudit } from './admin/list-audit.ts';
import { listBlocks } from './admin/list-blocks.ts';
import { listDeadLetters } from './admin/list-dead-letters.ts';
import { listOwnConcerts } from './admin/list-own-concerts.ts';
import { listSagas } from './admin/list-sagas.ts';
import { mendEmail } from './admin/mend-email.ts';
import { publishConcert } from './admin/publish-concert.ts';
import { putSetting } from './admin/put-setting.ts';
import { redriveDeadLetter } from './admin/redrive-dead-letter.ts';
import { redriveDeadLetters } from './admin/redrive-dead-letters.ts';
import { releaseBlock } from './admin/release-block.ts';
import { replayEvents } from './admin/replay-events.ts';
import { restartRoom } from './admin/restart-room.ts';
import { retrySaga } from './admin/retry-saga.ts';
import { revokePass } from './admin/revoke-pass.ts';
import { schedulePerformance } from './admin/schedule-performance.ts';
import { setRoles } from './admin/set-roles.ts';
import { getSynonyms, putSynonyms } from './admin/synonyms.ts';
import { updateConcert } from './admin/update-concert.ts';
import { updatePerformance } from './admin/update-performance.ts';
import { updateRoom } from './admin/update-room.ts';
import { updateVenue } from './admin/update-venue.ts';
import { getConcert } from './concerts/get-concert.ts';
import { getPerformance } from './concerts/get-performance.ts';
import { getSeatLayout } from './concerts/get-seat-layout.ts';
import { listPerformances } from './concerts/list-performances.ts';
import { searchConcerts } from './concerts/search-concerts.ts';
import { suggestConcerts } from './concerts/suggest-concerts.ts';
import type { Context } from './context.ts';
import { checkIn } from './gate/check-in.ts';
import { checkInAll } from './gate/check-in-all.ts';
import { getGateList } from './gate/get-gate-list.ts';
import { getGateSummary } from './gate/get-gate-summary.ts';
import { listGateStaff } from './gate/list-gate-staff.ts';
import { putGateStaff } from './gate/put-gate-staff.ts';
import { removeGateStaff } from './gate/remove-gate-staff.ts';
import { undoCheckIn } from './gate/undo-check-in.ts';
import { answerFailures } from './http/failures.ts';
import { openToOrigins } from './http/open-to-origins.ts';
import { problem } from './http/problems.ts';
import type { Route } from './http/route.ts';
import { sendProblem } from './http/send-problem.ts';
import { serveRoutes } from './http/serve-routes.ts';
import { serveDocs } from './openapi/serve-docs.ts';
import { exportAttendees } from './orders/export-attendees.ts';
import { getOrder } from './orders/get-order.ts';
import { listOrders } from './orders/list-orders.ts';
import { getPayment } from './payments/get-payment.ts';
import { pay } from './payments/pay.ts';
import { refundPayment } from './payments/refund-payment.ts';
import { chargePoints } from './points/charge-points.ts';
import { getBalance } from './points/get-balance.ts';
import { listLedger } from './points/list-ledger.ts';
import { getDraw } from './queue/get-draw.ts';
import { getQueueToken } from './queue/get-queue-token.ts';
import { getRoom } from './queue/get-room.ts';
import { joinQueue } from './queue/join-queue.ts';
import { leaveQueue } from './queue/leave-queue.ts';
import { watchQueueToken } from './queue/watch-queue-token.ts';
import { cancelReservation } from './reservations/cancel-reservation.ts';
import { getReservation } from './reservations/get-reservation.ts';
import { holdSeats } from './reservations/hold-seats.ts';
import { listMyReservations } from './reservations/list-my-reservations.ts';
import { getSales } from './sales/get-sales.ts';
import { listSalesMinutes } from './sales/list-sales-minutes.ts';
import { watchSales } from './sales/watch-sales.ts';
import { getSeatMap } from './seats/get-seat-map.ts';
import { watchSeats } from './seats/watch-seats.ts';
import { getTicket } from './tickets/get-ticket.ts';
import { getTicketCalendar } from './tickets/get-ticket-calendar.ts';
import { getTicketKeys } from './tickets/get-ticket-keys.ts';
import { listMyTickets } from './tickets/list-my-tickets.ts';
import { acceptTransfer } from './transfers/accept-transfer.ts';
import { offerTransfer } from './transfers/offer-transfer.ts';
import { revokeTransfer } from './transfers/revoke-transfer.ts';
import { createWebhook } from './webhooks/create-webhook.ts';
import { deleteWebhook } from './webhooks/delete-webhook.ts';
import { listDeliveries } from './webhooks/list-deliveries.ts';
import { listWebhooks } from './webhooks/list-webhooks.ts';
import { redeliverWebhook } from './webhooks/redeliver-webhook.ts';

/** The public API. A literal path stands before a parameter that would match it too. */
export const routes: Route[] = [
  ...[signUp, logIn, refreshSession, logOut, whoAmI, getSigningKeys],
  ...[updateMe, changePassword, changeEmail, deleteMe],
  ...[requestPasswordReset, resetPassword, requestVerification, verifyEmail],
  ...[joinQueue, getQueueToken, watchQueueToken, leaveQueue, getRoom, getDraw],
  ...[searchConcerts, suggestConcerts, getConcert, listPerformances, getPerformance, getSeatLayout],
  ...[getSeatMap, watchSeats, holdSeats, getReservation, cancelReservation, listMyReservations],
  ...[chargePoints, getBalance, listLedger],
  ...[pay, getPayment, refundPayment],
  ...[listMyTickets, getTicketCalendar, getTicket, getTicketKeys],
  ...[offerTransfer, revokeTransfer, acceptTransfer],
  ...[listOrders, getOrder, exportAttendees],
  ...[checkIn, checkInAll, getGateSummary, undoCheckIn, getGateList],
  ...[listGateStaff, putGateStaff, removeGateStaff],
  ...[createConcert, updateConcert, updateVenue, schedulePerformance],
  ...[listOwnConcerts, publishConcert, cancelConcert, updatePerformance, cancelPerformance, getCancellation],
  ...[createWebhook, listWebhooks, deleteWebhook, listDeliveries, redeliverWebhook],
  ...[getSales, listSalesMinutes, watchSales],
  ...[blockSeats, listBlocks, releaseBlock],
  ...[getManagedRoom, updateRoom, restartRoom, revokePass],
  ...[findUsers, setRoles, mendEmail],
  ...[getSynonyms, putSynonyms],
  ...[getSetting, putSetting],
  ...[listSagas, retrySaga, forceSaga, cancelPayment],
  ...[listDeadLetters, redriveDeadLetters, redriveDeadLetter, discardDeadLetter],
  ...[replayEvents, getReplay, listAudit],
];

export function createApp(ctx: Context): Express {
  const { serve, answerAtOnce } = serveRoutes(ctx, routes);
  const first = openToOrigins(ctx.config.CORS_ORIGINS);
  const app = createServiceApp({ telemetry: ctx.telemetry, ready: ctx.ready, first, answerAtOnce });
  app.set('trust proxy', ctx.config.TRUST_PROXY);
  app.use(serve);
  app.use(serveDocs(routes));
  app.use((_request, response) => {
    sendProblem(response, problem('not-found'));
  });
  app.use(answerFailures(ctx.log));
  return app;
}
