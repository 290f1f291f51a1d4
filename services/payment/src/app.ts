import { receiveDeadLetters } from '@ticketing/common/dead-letters';
import { once } from '@ticketing/common/inbox';
import { consumerOf, receiveEvents } from '@ticketing/common/receive-events';
import { serveRpc } from '@ticketing/common/rpc-server';
import { createServiceApp, internalErrors, requireAppToken } from '@ticketing/common/service-app';
import { OperationsService } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { CancellationService } from '@ticketing/contracts/gen/ticketing/payment/v1/cancellations_pb';
import { PaymentService } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Express } from 'express';
import { followCancellations } from './cancellations/follow-cancellations.ts';
import { noteStoppedSales } from './cancellations/note-cancellation.ts';
import type { Context } from './context.ts';
import { getPayment } from './payments/get-payment.ts';
import { noteHolds } from './payments/note-holds.ts';
import { pay } from './payments/pay.ts';
import { cancelPayment, cancelTickets } from './refunds/cancel-payment.ts';
import { refundPayment, refundTickets } from './refunds/refund-payment.ts';
import { forceSaga, retrySaga } from './sagas/force-saga.ts';
import { listSagas } from './sagas/list-sagas.ts';
import { chargePoints } from './wallets/charge-points.ts';
import { getBalance } from './wallets/get-balance.ts';
import { listLedger } from './wallets/list-ledger.ts';

export function createApp(ctx: Context): Express {
  const app = createServiceApp({ telemetry: ctx.telemetry, ready: ctx.db.check });
  app.use(requireAppToken(ctx.config.APP_API_TOKEN));
  app.use(receiveEvents([once(ctx.db, 'reservation.held', noteHolds), once(ctx.db, 'sale.stopped', noteStoppedSales)], consumerOf(ctx)));
  app.use(receiveDeadLetters(ctx.db));
  app.use(
    serveRpc(ctx.log, (router) => {
      router.service(OperationsService, ctx.operations.rpc);
      router.service(PaymentService, {
        chargePoints: (request) => chargePoints(ctx, request),
        getBalance: (request) => getBalance(ctx, request),
        listLedger: (request) => listLedger(ctx, request),
        pay: (request) => pay(ctx, request),
        getPayment: (request) => getPayment(ctx, request),
        refundPayment: (request) => refundPayment(ctx, request),
        refundTickets: (request) => refundTickets(ctx, request),
        cancelPayment: (request) => cancelPayment(ctx, request),
        cancelTickets: (request) => cancelTickets(ctx, request),
        listSagas: (request) => listSagas(ctx, request),
        retrySaga: (request) => retrySaga(ctx, request),
        forceSaga: (request) => forceSaga(ctx, request),
      });
      router.service(CancellationService, { followCancellations: (request) => followCancellations(ctx, request) });
    }),
  );
  app.use(internalErrors(ctx.log));
  return app;
}
