import type { Client } from '@connectrpc/connect';
import type { Database } from '@ticketing/common/database';
import type { Logger } from '@ticketing/common/log';
import type { OutboxRelay } from '@ticketing/common/outbox';
import type { ReservationService } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Config } from '../config.ts';

/** What sagas are given. The whole context starts their recovery, so they can't know it. */
export interface SagaContext {
  config: Config;
  db: Database;
  reservations: Client<typeof ReservationService>;
  outbox: OutboxRelay;
  log: Logger;
}
