import { createServer } from 'node:http';
import { promisify } from 'node:util';
import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient, createRouterTransport, type ServiceImpl } from '@connectrpc/connect';
import { createLogger } from '@ticketing/common/log';
import { loadSigningKeys, type SigningKeys } from '@ticketing/common/signing-keys';
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
import { exportJWK, generateKeyPair } from 'jose';
import { createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { assembleContext, type Services } from '../context.ts';

/** What the services behind the gateway answer; a method that is left out is unimplemented. */
export interface FakeServices {
  user?: Partial<ServiceImpl<typeof UserService>>;
  queue?: Partial<ServiceImpl<typeof QueueService>>;
  concert?: Partial<ServiceImpl<typeof ConcertService>>;
  organiser?: Partial<ServiceImpl<typeof OrganiserService>>;
  cancellations?: Partial<ServiceImpl<typeof CancellationService>>;
  webhooks?: Partial<ServiceImpl<typeof WebhookService>>;
  reservation?: Partial<ServiceImpl<typeof ReservationService>>;
  tickets?: Partial<ServiceImpl<typeof TicketService>>;
  orders?: Partial<ServiceImpl<typeof OrderService>>;
  sales?: Partial<ServiceImpl<typeof SalesService>>;
  payment?: Partial<ServiceImpl<typeof PaymentService>>;
  settings?: Partial<ServiceImpl<typeof SettingsService>>;
  /** By service; one that is left out implements nothing. */
  operations?: Partial<Record<keyof Services['operations'], Partial<ServiceImpl<typeof OperationsService>>>>;
}

export interface RunningGateway {
  url: string;
  /** An access token; of a fan, unless roles are given. */
  accessToken: (userId: string, roles?: string[], options?: TestToken) => Promise<string>;
  /** A pass that is good for `seconds`; negative for one that has ended. */
  queuePass: (userId: string, concertId: string, seconds?: number) => Promise<string>;
  /** How many clients are connected, as the server knows it. */
  connections: () => Promise<number>;
  stop: () => Promise<void>;
}

export interface TestToken {
  /** None is in tokens of the version before. */
  sessionId?: string;
  verified?: boolean;
  /** How long ago it was signed, of the two minutes that it is good for. */
  ageSeconds?: number;
}

/** Ids for tests. */
export const ids = {
  fan: '0198c0de-0000-7000-8000-00000000000a',
  stranger: '0198c0de-0000-7000-8000-00000000000b',
  concert: '0198c0de-0000-7000-8000-00000000000c',
  performance: '0198c0de-0000-7000-8000-00000000000d',
  reservation: '0198c0de-0000-7000-8000-00000000000e',
  seat: '0198c0de-0000-7000-8000-00000000000f',
  room: '0198c0de-0000-4000-8000-000000000010',
  session: '0198c0de-0000-7000-8000-000000000011',
};

/** Runs the real gateway on a free port, in front of services that answer in this process. */
export async function startGateway(
  fakes: FakeServices,
  options: { environment?: NodeJS.ProcessEnv; replaced?: Partial<Services> } = {},
): Promise<RunningGateway> {
  const userKeys = await newSigningKeys('user-1');
  const passKeys = await newSigningKeys('queue-1');
  const services = { ...answerWith(fakes, userKeys.publicJwks, passKeys.publicJwks), ...options.replaced };
  const ctx = assembleContext({
    config: testConfig(options.environment),
    log: createLogger({ service: 'gateway', instance: 'test', level: 'silent' }),
    telemetry: { metricsHandler: (_request, response) => response.end(), stop: () => Promise.resolve() },
    services,
    ready: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  });
  const server = createServer(createApp(ctx));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gateway has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    accessToken: (sub, roles = ['fan'], token = {}) => signAccessToken(userKeys, { sub, roles }, token),
    queuePass: (sub, room, seconds = 60) =>
      passKeys.sign(
        { sub, room, epoch: ids.room, place: 1, jti: 'pass-1' },
        { issuer: 'ticketing-queue', audience: 'ticketing-pass', expiresAt: new Date(Date.now() + seconds * 1_000) },
      ),
    connections: () => promisify(server.getConnections.bind(server))(),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function signAccessToken(
  keys: SigningKeys,
  claims: { sub: string; roles: string[] },
  { sessionId, verified, ageSeconds = 0 }: TestToken,
): Promise<string> {
  const issuedAt = new Date(Date.now() - ageSeconds * 1_000);
  const expiresAt = new Date(issuedAt.getTime() + 120_000);
  const session = sessionId === undefined ? {} : { sid: sessionId, verified: verified ?? false };
  return keys.sign({ ...claims, ...session }, { issuer: 'ticketing-user', audience: 'ticketing', issuedAt, expiresAt });
}

/** Fresh Ed25519 keys as a service would load them. */
export async function newSigningKeys(kid: string): Promise<SigningKeys> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  return loadSigningKeys(JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid }] }));
}

function testConfig(environment: NodeJS.ProcessEnv = {}) {
  const token = 'a token for tests only';
  return readConfig({ APP_ID: 'gateway', INSTANCE_ID: 'test', APP_PORT: '1', DAPR_API_TOKEN: token, APP_API_TOKEN: token, ...environment });
}

function answerWith(fakes: FakeServices, userJwks: string, passJwks: string): Services {
  const user = { getSigningKeys: () => ({ jwks: userJwks }), ...fakes.user };
  const queue = { getPassKeys: () => ({ jwks: passJwks }), ...fakes.queue };
  const settings = clientOf(SettingsService, fakes.settings);
  return {
    user: clientOf(UserService, user),
    queue: clientOf(QueueService, queue),
    concert: clientOf(ConcertService, fakes.concert),
    organiser: clientOf(OrganiserService, fakes.organiser),
    cancellations: clientOf(CancellationService, fakes.cancellations),
    webhooks: clientOf(WebhookService, fakes.webhooks),
    reservation: clientOf(ReservationService, fakes.reservation),
    tickets: clientOf(TicketService, fakes.tickets),
    orders: clientOf(OrderService, fakes.orders),
    sales: clientOf(SalesService, fakes.sales),
    payment: clientOf(PaymentService, fakes.payment),
    settings: { queue: settings, reservation: settings },
    operations: {
      user: clientOf(OperationsService, fakes.operations?.user),
      concert: clientOf(OperationsService, fakes.operations?.concert),
      reservation: clientOf(OperationsService, fakes.operations?.reservation),
      payment: clientOf(OperationsService, fakes.operations?.payment),
    },
  };
}

function clientOf<S extends DescService>(service: S, answers: Partial<ServiceImpl<S>> = {}): Client<S> {
  return createClient(
    service,
    createRouterTransport((router) => router.service(service, answers)),
  );
}
