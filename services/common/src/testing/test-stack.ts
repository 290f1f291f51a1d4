import { readFileSync } from 'node:fs';
import { z } from 'zod';

const account = z.object({ user: z.string(), password: z.string() });

const description = z.object({
  instances: z.array(z.object({ name: z.string(), service: z.string(), daprHttpPort: z.number(), daprGrpcPort: z.number() })),
  database: z.object({
    host: z.string(),
    port: z.number(),
    owners: z.record(z.string(), z.object({ database: z.string(), app: account, migrator: account })),
  }),
  daprApiToken: z.string(),
  appApiToken: z.string(),
});

/**
 * The environment with which a service's context can be built inside a test: the real database and the real sidecar
 * of the service's first instance in the running test stack. Jobs that the context starts compete with those of the real instances.
 * @param role `migrator` may also make tables, for a test that needs some of its own
 */
export function testEnvironment(service: string, role: 'app' | 'migrator' = 'app'): Record<string, string> {
  const file = process.env.TICKETING_STACK;
  if (!file) throw new Error('TICKETING_STACK names no stack; run the tests by npm test');
  const stack = description.parse(JSON.parse(readFileSync(file, 'utf8')));
  const instance = stack.instances.find((candidate) => candidate.service === service);
  if (!instance) throw new Error(`the test stack has no ${service}`);
  const owner = stack.database.owners[service];
  return {
    APP_ID: service,
    INSTANCE_ID: `${service}-test`,
    APP_PORT: '1',
    DAPR_HTTP_PORT: String(instance.daprHttpPort),
    DAPR_GRPC_PORT: String(instance.daprGrpcPort),
    DAPR_API_TOKEN: stack.daprApiToken,
    APP_API_TOKEN: stack.appApiToken,
    NODE_ENV: 'test',
    LOG_LEVEL: 'fatal',
    ...(owner && {
      DB_HOST: stack.database.host,
      DB_PORT: String(stack.database.port),
      DB_NAME: owner.database,
      DB_USER: owner[role].user,
      // The service's own password comes from the secret store, as in production.
      ...(role === 'migrator' && { DB_PASSWORD: owner.migrator.password }),
    }),
  };
}
