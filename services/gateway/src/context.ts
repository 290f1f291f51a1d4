import type { Client } from '@connectrpc/connect';
import type { Logger } from '@ticketing/common/log';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { startServiceCore } from '@ticketing/common/service-core';
import type { Telemetry } from '@ticketing/common/telemetry';
import { OperationsService } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { SettingsService } from '@ticketing/contracts/gen/ticketing/common/v1/settings_pb';
import { ConcertService } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { OrganiserService } from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import { WebhookService } from '@ticketing/contracts/gen/ticketing/concert/v1/webhooks_pb';
import { CancellationService } from '@ticketing/contracts/gen/ticketing/payment/v1/cancellations_pb';
import { PaymentService } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { QueueService } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { OrderService } from '@ticketing/contracts/gen/ticketing/reservation/v1/orders_pb';
import { ReservationService } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { SalesService } from '@ticketing/contracts/gen/ticketing/reservation/v1/sales_pb';
import { TicketService } from '@ticketing/contracts/gen/ticketing/reservation/v1/tickets_pb';
import { UserService } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { createAccessTokens, type User } from './auth/access-tokens.ts';
import { createEndedSessions, type EndedSessions } from './auth/ended-sessions.ts';
import { createKeySet, type KeySet } from './auth/key-set.ts';
import { createLivePasses, type IsLive } from './auth/live-passes.ts';
import { createQueuePasses, type QueuePass } from './auth/queue-passes.ts';
import { createRenewals, type Renewals } from './auth/renewals.ts';
import type { TokenVerifier } from './auth/signed-tokens.ts';
import { createLooks, type Looks } from './concerts/count-looks.ts';
import type { Config } from './config.ts';
import { createHolderNames, type HolderNames } from './gate/holder-names.ts';
import { type AtOnce, createAtOnce } from './http/at-once.ts';
import { createEventStreams, type EventStreams } from './http/event-streams.ts';
import { createKeptAnswers, type KeptAnswers } from './http/kept-answers.ts';
import { createRateLimits, type RateLimits } from './http/rate-limits.ts';
import { createPlaceReader, type PlaceReader } from './queue/place-reader.ts';
import { createPlaceWatcher, type PlaceWatcher } from './queue/place-watcher.ts';
import { createSalesWatcher, type SalesWatcher } from './sales/sales-watcher.ts';
import { createOwnHolds, type OwnHolds } from './seats/own-holds.ts';
import { createSeatWatcher, type SeatWatcher } from './seats/seat-watcher.ts';

/** Typed clients of all services behind the gateway. */
export interface Services {
  user: Client<typeof UserService>;
  queue: Client<typeof QueueService>;
  concert: Client<typeof ConcertService>;
  organiser: Client<typeof OrganiserService>;
  webhooks: Client<typeof WebhookService>;
  reservation: Client<typeof ReservationService>;
  tickets: Client<typeof TicketService>;
  orders: Client<typeof OrderService>;
  sales: Client<typeof SalesService>;
  payment: Client<typeof PaymentService>;
  cancellations: Client<typeof CancellationService>;
  /** Runtime settings, by the service that owns them. */
  settings: Record<'queue' | 'reservation', Client<typeof SettingsService>>;
  /** What operators see and do, by the service that keeps it: all that have a database. */
  operations: Record<'user' | 'concert' | 'reservation' | 'payment', Client<typeof OperationsService>>;
}

/** What the routes are given. Built once. */
export interface Context extends ContextParts {
  accessTokens: TokenVerifier<User>;
  queuePasses: TokenVerifier<QueuePass>;
  /** The keys behind access tokens, shown at /.well-known/jwks.json. */
  userKeys: KeySet;
  /** The keys behind the QR codes of tickets, shown at /.well-known/ticket-keys.json. */
  ticketKeys: KeySet;
  isLivePass: IsLive;
  endedSessions: EndedSessions;
  /** Of browser sessions. */
  renewals: Renewals;
  limits: RateLimits;
  /** Sign-ups and log-ins by address. */
  credentialsAtOnce: AtOnce;
  streams: EventStreams;
  kept: KeptAnswers;
  looks: Looks;
  /** Names of ticket holders. */
  holderNames: HolderNames;
  ownHolds: OwnHolds;
  placeReader: PlaceReader;
  placeWatcher: PlaceWatcher;
  seatWatcher: SeatWatcher;
  salesWatcher: SalesWatcher;
}

/** The parts that reach outside of the process. */
export interface ContextParts {
  config: Config;
  log: Logger;
  telemetry: Telemetry;
  services: Services;
  ready: () => Promise<void>;
  stop: () => Promise<void>;
}

export async function createContext(config: Config): Promise<Context> {
  const { log, telemetry, sidecar } = await startServiceCore(config);
  const services: Services = {
    user: createRpcClient(UserService, sidecar, 'user'),
    queue: createRpcClient(QueueService, sidecar, 'queue'),
    concert: createRpcClient(ConcertService, sidecar, 'concert'),
    organiser: createRpcClient(OrganiserService, sidecar, 'concert'),
    webhooks: createRpcClient(WebhookService, sidecar, 'concert'),
    reservation: createRpcClient(ReservationService, sidecar, 'reservation'),
    tickets: createRpcClient(TicketService, sidecar, 'reservation'),
    orders: createRpcClient(OrderService, sidecar, 'reservation'),
    sales: createRpcClient(SalesService, sidecar, 'reservation'),
    payment: createRpcClient(PaymentService, sidecar, 'payment'),
    cancellations: createRpcClient(CancellationService, sidecar, 'payment'),
    settings: {
      queue: createRpcClient(SettingsService, sidecar, 'queue'),
      reservation: createRpcClient(SettingsService, sidecar, 'reservation'),
    },
    operations: {
      user: createRpcClient(OperationsService, sidecar, 'user'),
      concert: createRpcClient(OperationsService, sidecar, 'concert'),
      reservation: createRpcClient(OperationsService, sidecar, 'reservation'),
      payment: createRpcClient(OperationsService, sidecar, 'payment'),
    },
  };
  const ready = async (): Promise<void> => {
    const { status } = await sidecar.request('GET', '/v1.0/healthz/outbound', { timeoutMs: 2_000 });
    if (status !== 204) throw new Error('the sidecar is not ready');
  };
  const stop = async (): Promise<void> => {
    await sidecar.close();
    await telemetry.stop();
  };
  return assembleContext({ config, log, telemetry, services, ready, stop });
}

/** Adds what is made from the parts. */
export function assembleContext(parts: ContextParts): Context {
  const { config, log, services } = parts;
  const userKeys = createKeySet({ name: 'user', log, fetch: async () => (await services.user.getSigningKeys({})).jwks });
  const passKeys = createKeySet({ name: 'queue', log, fetch: async () => (await services.queue.getPassKeys({})).jwks });
  const placeReader = createPlaceReader(services.queue, log);
  return {
    ...parts,
    userKeys,
    ticketKeys: createKeySet({ name: 'reservation', log, fetch: async () => (await services.reservation.getTicketKeys({})).jwks }),
    accessTokens: createAccessTokens(userKeys),
    queuePasses: createQueuePasses(passKeys),
    isLivePass: createLivePasses({ queue: services.queue, log }),
    endedSessions: createEndedSessions({ user: services.user, log }),
    renewals: createRenewals({ user: services.user, log }),
    limits: createRateLimits(config),
    credentialsAtOnce: createAtOnce({ most: config.CREDENTIALS_AT_ONCE }),
    streams: createEventStreams({
      mostStreams: config.STREAMS,
      mostPerUser: config.STREAMS_USER,
      mostPerAddress: config.STREAMS_ADDRESS,
    }),
    kept: createKeptAnswers(config.KEPT_ANSWERS_MIB * 2 ** 20),
    looks: createLooks(),
    holderNames: createHolderNames(services.user, log),
    ownHolds: createOwnHolds(),
    placeReader,
    placeWatcher: createPlaceWatcher(placeReader, log),
    seatWatcher: createSeatWatcher(services.reservation, log),
    salesWatcher: createSalesWatcher(services.sales, log),
  };
}
