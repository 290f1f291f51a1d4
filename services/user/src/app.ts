import { receiveDeadLetters } from '@ticketing/common/dead-letters';
import { once } from '@ticketing/common/inbox';
import { consumerOf, receiveEvents } from '@ticketing/common/receive-events';
import { serveRpc } from '@ticketing/common/rpc-server';
import { createServiceApp, internalErrors, requireAppToken } from '@ticketing/common/service-app';
import { OperationsService } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { UserService } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Express } from 'express';
import { getUser } from './accounts/get-user.ts';
import { signUp } from './accounts/sign-up.ts';
import type { Context } from './context.ts';
import { tellOfPurchases, tellOfRefunds } from './mails/tell-of-payments.ts';
import { logIn } from './sessions/log-in.ts';

export function createApp(ctx: Context): Express {
  const app = createServiceApp({ telemetry: ctx.telemetry, ready: ctx.db.check });
  app.use(requireAppToken(ctx.config.APP_API_TOKEN));
  app.use(
    receiveEvents([once(ctx.db, 'payment.completed', tellOfPurchases), once(ctx.db, 'payment.refunded', tellOfRefunds)], consumerOf(ctx)),
  );
  app.use(receiveDeadLetters(ctx.db));
  app.use(
    serveRpc(ctx.log, (router) => {
      router.service(OperationsService, ctx.operations.rpc);
      router.service(UserService, {
        signUp: (request) => signUp(ctx, request),
        logIn: (request) => logIn(ctx, request),
        getUser: (request) => getUser(ctx, request),
        getSigningKeys: () => ({ jwks: ctx.keys.publicJwks }),
      });
    }),
  );
  app.use(internalErrors(ctx.log));
  return app;
}
