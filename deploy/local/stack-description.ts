import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ProfileName } from './profile.ts';
import { profileFolders, profileNames } from './profile.ts';
import { serviceNames } from './services.ts';
import { StepFailure } from './step-failure.ts';

const accountSchema = z.object({ user: z.string(), password: z.string() });

const schemaAccessSchema = z.object({ database: z.string(), app: accountSchema, migrator: accountSchema });

const instanceSchema = z.object({
  /** Name of the service's process, `reservation-2`; also its INSTANCE_ID. */
  name: z.string(),
  /** Name of its sidecar's process, `reservation-2-dapr`. */
  sidecar: z.string(),
  service: z.enum(serviceNames),
  index: z.number(),
  appPort: z.number(),
  url: z.string(),
  daprHttpPort: z.number(),
  daprGrpcPort: z.number(),
  daprInternalGrpcPort: z.number(),
  daprMetricsPort: z.number(),
});

const descriptionSchema = z.object({
  profile: z.enum(profileNames),
  infrastructure: z.enum(['native', 'docker']),
  startedAt: z.string(),
  gatewayUrl: z.string(),
  instances: z.array(instanceSchema),
  database: z.object({
    engine: z.enum(['mariadb', 'mysql']),
    /** Name of the server's process for stopProcess and startProcess. */
    process: z.string(),
    host: z.string(),
    port: z.number(),
    root: accountSchema,
    /** May read every database and change none. */
    witness: accountSchema,
    owners: z.object({
      user: schemaAccessSchema,
      concert: schemaAccessSchema,
      reservation: schemaAccessSchema,
      payment: schemaAccessSchema,
    }),
  }),
  redis: z.object({ host: z.string(), port: z.number(), password: z.string() }),
  kafka: z.object({ host: z.string(), port: z.number(), brokers: z.string() }),
  elasticsearch: z.object({ url: z.string() }),
  /** The page of the sink that takes all mails; /api/mails is the same as JSON. */
  mail: z.object({ url: z.string() }),
  daprApiToken: z.string(),
  appApiToken: z.string(),
  zipkinUrl: z.string().optional(),
  prometheusUrl: z.string().optional(),
});

/** Where everything of a stack is, with the passwords to get in; the file is readable by its owner only. */
export type StackDescription = z.infer<typeof descriptionSchema>;
export type InstanceDescription = z.infer<typeof instanceSchema>;

export function findStack(profile: ProfileName): StackDescription | undefined {
  const { description } = profileFolders(profile);
  if (!existsSync(description)) return undefined;
  return descriptionSchema.parse(JSON.parse(readFileSync(description, 'utf8')));
}

export function describeStack(profile: ProfileName): StackDescription {
  const stack = findStack(profile);
  if (stack) return stack;
  throw new StepFailure(`no ${profile} stack has been started`, { fix: 'npm start' });
}
