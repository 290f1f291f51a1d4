import { migratorAccount, rootAccount, serviceAccount, witnessAccount } from './infrastructure/database-accounts.ts';
import { elasticsearchUrl } from './infrastructure/elasticsearch.ts';
import { mailPageUrl } from './infrastructure/mail-sink.ts';
import type { DatabaseOwner } from './services.ts';
import { databases } from './services.ts';
import type { StackContext } from './stack-context.ts';
import type { StackDescription } from './stack-description.ts';

type Access = Pick<StackDescription, 'database' | 'redis' | 'kafka' | 'elasticsearch' | 'mail' | 'daprApiToken' | 'appApiToken'>;

/** How to get into every part, for tests and for people with a client at hand. */
export function describeAccess(context: StackContext, engine: StackDescription['database']['engine']): Access {
  const { ports, secrets } = context;
  const host = '127.0.0.1';
  const owner = (name: DatabaseOwner) => ({
    database: databases[name],
    app: serviceAccount(secrets, name),
    migrator: migratorAccount(secrets, name),
  });
  return {
    database: {
      engine,
      process: engine,
      host,
      port: ports.mariadb,
      root: rootAccount(secrets),
      witness: witnessAccount(secrets),
      owners: { user: owner('user'), concert: owner('concert'), reservation: owner('reservation'), payment: owner('payment') },
    },
    redis: { host, port: ports.redis, password: secrets.get('redis-password') },
    kafka: { host, port: ports.kafka, brokers: `${host}:${ports.kafka}` },
    elasticsearch: { url: elasticsearchUrl(context) },
    mail: { url: mailPageUrl(context) },
    daprApiToken: secrets.get('dapr-api-token'),
    appApiToken: secrets.get('app-api-token'),
  };
}
