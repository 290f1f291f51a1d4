import { receiveDeadLetters } from '@ticketing/common/dead-letters';
import { once } from '@ticketing/common/inbox';
import { consumerOf, receiveEvents } from '@ticketing/common/receive-events';
import { serveRpc } from '@ticketing/common/rpc-server';
import { createServiceApp, internalErrors, requireAppToken } from '@ticketing/common/service-app';
import { OperationsService } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { UserService } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Express } from 'express';
import { changeEmail } from './accounts/change-email.ts';
import { changePassword } from './accounts/change-password.ts';
import { deleteUser } from './accounts/delete-user.ts';
import { getUser } from './accounts/get-user.ts';
import { getUsers } from './accounts/get-users.ts';
import { signUp } from './accounts/sign-up.ts';
import { updateUser } from './accounts/update-user.ts';
import type { Context } from './context.ts';
import { tellOfCancellations, tellOfMoves } from './mails/tell-buyers.ts';
import { tellOfPurchases, tellOfRefunds } from './mails/tell-of-payments.ts';
import { findUser } from './operators/find-user.ts';
import { mendEmail } from './operators/mend-email.ts';
import { setRoles } from './operators/set-roles.ts';
import { requestProof } from './proofs/request-proof.ts';
import { resetPassword } from './proofs/reset-password.ts';
import { verifyEmail } from './proofs/verify-email.ts';
import { endSession } from './sessions/end-session.ts';
import { listEndedSessions } from './sessions/list-ended-sessions.ts';
import { logIn } from './sessions/log-in.ts';
import { refreshSession } from './sessions/refresh-session.ts';

export function createApp(ctx: Context): Express {
  const app = createServiceApp({ telemetry: ctx.telemetry, ready: ctx.db.check });
  app.use(requireAppToken(ctx.config.APP_API_TOKEN));
  app.use(
    receiveEvents(
      [
        once(ctx.db, 'payment.completed', tellOfPurchases),
        once(ctx.db, 'payment.partly-refunded', tellOfRefunds),
        once(ctx.db, 'payment.refunded', tellOfRefunds),
        once(ctx.db, 'performance.cancelled', tellOfCancellations),
        once(ctx.db, 'performance.rescheduled', tellOfMoves),
      ],
      consumerOf(ctx),
    ),
  );
  app.use(receiveDeadLetters(ctx.db));
  app.use(
    serveRpc(ctx.log, (router) => {
      router.service(OperationsService, ctx.operations.rpc);
      router.service(UserService, {
        signUp: (request) => signUp(ctx, request),
        logIn: (request) => logIn(ctx, request),
        refreshSession: (request) => refreshSession(ctx, request),
        endSession: (request) => endSession(ctx, request),
        listEndedSessions: (request) => listEndedSessions(ctx, request),
        getUser: (request) => getUser(ctx, request),
        updateUser: (request) => updateUser(ctx, request),
        changePassword: (request) => changePassword(ctx, request),
        changeEmail: (request) => changeEmail(ctx, request),
        deleteUser: (request) => deleteUser(ctx, request),
        requestProof: (request) => requestProof(ctx, request),
        resetPassword: (request) => resetPassword(ctx, request),
        verifyEmail: (request) => verifyEmail(ctx, request),
        findUser: (request) => findUser(ctx, request),
        setRoles: (request) => setRoles(ctx, request),
        mendEmail: (request) => mendEmail(ctx, request),
        getUsers: (request) => getUsers(ctx, request),
        getSigningKeys: () => ({ jwks: ctx.keys.publicJwks }),
      });
    }),
  );
  app.use(internalErrors(ctx.log));
  return app;
}
