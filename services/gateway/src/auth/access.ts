import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ActorSchema } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import type { Request } from 'express';
import type { Context } from '../context.ts';
import { isProblem, type Problem, problem } from '../http/problems.ts';
import type { RateLimitName } from '../http/rate-limits.ts';
import type { User } from './access-tokens.ts';
import type { QueuePass } from './queue-passes.ts';
import { isSafe, isSameOrigin } from './same-origin.ts';
import { readSessionCookie } from './session-cookie.ts';
import type { TokenVerifier } from './signed-tokens.ts';

/** What a route knows about who asks; without a user for routes that are open to all. */
export interface Caller {
  user?: User;
}

/** How a request is counted. */
export interface CallerLimits {
  /** Counts it as soon as its user is known, whatever is refused after that. */
  limit: RateLimitName;
  /** The client's network. */
  address: string;
}

/** Who may use a route. */
export interface Access<C extends Caller> {
  needs: 'nothing' | 'user' | 'pass' | 'role' | 'gate';
  roles?: readonly string[];
  /**
   * Says who is asking, or why that is not enough. Throws when keys are needed that can't be had.
   */
  identify: (ctx: Context, request: Request, limits: CallerLimits) => Promise<C | Problem>;
}

/** Open to all. */
export const anyone: Access<Caller> = { needs: 'nothing', identify: () => Promise.resolve({}) };

/** Open to all; says whether a page of this very origin asks. */
export const anyPage: Access<Caller & { isSameOrigin: boolean }> = {
  needs: 'nothing',
  identify: (_ctx, request) => Promise.resolve({ isSameOrigin: isSameOrigin(request) }),
};

/** Open to all; says who asks where a good access token says so. */
export const maybeSignedIn: Access<Caller> = {
  needs: 'nothing',
  identify: async (ctx, request, limits) => {
    const caller = await identifyUser(ctx, request, limits);
    return isProblem(caller) && caller.code === 'unauthenticated' ? {} : caller;
  },
};

/** Somebody with a good access token, and what it came in. */
interface SignedIn {
  user: User;
  by: 'token' | 'cookie';
}

/** Needs a good access token. */
export const signedIn: Access<SignedIn> = { needs: 'user', identify: identifyUser };

/** Needs a good access token and the user's own queue pass. Which concert the pass is for is checked by the service that knows the seats. */
export const passHolder: Access<{ user: User; pass: QueuePass }> = {
  needs: 'pass',
  identify: async (ctx, request, limits) => {
    const caller = await identifyUser(ctx, request, limits);
    if (isProblem(caller)) return caller;
    const token = request.get('x-queue-pass');
    if (!token) return problem('queue-pass-required', { detail: 'Send the pass from the waiting room in X-Queue-Pass.' });
    const pass = await verify(ctx, limits.address, ctx.queuePasses, token);
    if (pass && isProblem(pass)) return pass;
    if (pass?.userId !== caller.user.id)
      return problem('queue-pass-invalid', { detail: 'The pass is expired, forged or somebody else’s.' });
    return { user: caller.user, pass };
  },
};

/** Like passHolder, but the pass must not have been paid with, given up or taken away either. */
export const livePassHolder: typeof passHolder = {
  ...passHolder,
  identify: async (ctx, request, limits) => {
    const caller = await passHolder.identify(ctx, request, limits);
    if (isProblem(caller) || (await ctx.isLivePass(caller.pass))) return caller;
    return problem('queue-pass-invalid', { detail: 'The pass has been used or given up. Join the waiting room again.' });
  },
};

/** Needs a good access token with one of these roles. */
export function role(...roles: ('organiser' | 'operator')[]): Access<{ user: User }> {
  return {
    needs: 'role',
    roles,
    identify: async (ctx, request, limits) => {
      const caller = await identifyUser(ctx, request, limits);
      if (isProblem(caller) || roles.some((wanted) => caller.user.roles.includes(wanted))) return caller;
      return problem('forbidden', { detail: `This takes the role ${roles.join(' or ')}.` });
    },
  };
}

/** Needs a good access token. Who works at which gate is checked by the service that knows the tickets. */
export const gateStaff: Access<{ user: User }> = { needs: 'gate', identify: identifyUser };

/** The user as services that own things are told. */
export function toActor({ id, roles }: User): MessageInitShape<typeof ActorSchema> {
  return { userId: id, operator: roles.includes('operator') };
}

/** By the header `Authorization`; where there is none, by the cookie of a browser session. */
async function identifyUser(ctx: Context, request: Request, { limit, address }: CallerLimits): Promise<SignedIn | Problem> {
  const header = request.get('authorization');
  const by = header === undefined ? 'cookie' : 'token';
  const token = header === undefined ? readSessionCookie(request) : /^Bearer ([\w.~+/-]+=*)$/i.exec(header)?.[1];
  if (header === undefined && token === undefined) {
    return problem('unauthenticated', { detail: 'Send an access token as Authorization: Bearer.' });
  }
  // A browser sends the cookie, whoever has made it send the request.
  if (by === 'cookie' && !isSafe(request) && !isSameOrigin(request)) return problem('cross-site-request');
  const user = token === undefined ? undefined : await verify(ctx, address, ctx.accessTokens, token);
  if (!user) return problem('unauthenticated', { detail: 'The access token is expired, forged or from another issuer.' });
  if (isProblem(user)) return user;
  if (user.sessionId !== undefined && (await ctx.endedSessions.has(user.sessionId))) {
    return problem('unauthenticated', { detail: 'The session has ended; log in again.' });
  }
  const wait = ctx.limits.take(limit, user.id);
  if (wait !== undefined) return problem('rate-limited', { retryAfterSeconds: wait });
  if (by === 'cookie') ctx.renewals.begin(request, user);
  return { user, by };
}

/** What a token says. From where many bad ones came, only tokens are taken that are known to be good: a signature costs work. */
async function verify<C extends object>(
  { limits }: Context,
  address: string,
  verifier: TokenVerifier<C>,
  token: string,
): Promise<C | Problem | undefined> {
  if (limits.look('bad-tokens', address) !== undefined && !verifier.knows(token)) return problem('rate-limited');
  const claims = await verifier(token);
  if (!claims) limits.take('bad-tokens', address);
  return claims;
}
