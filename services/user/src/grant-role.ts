import { databaseEnvironment, loadConfig } from '@ticketing/common/config';
import { openDatabase } from '@ticketing/common/database';
import { runMain } from '@ticketing/common/service-app';
import { canonicalEmail } from '@ticketing/contracts/email-address';
import { roles } from '@ticketing/contracts/roles';
import { z } from 'zod';
import { schema } from './db/schema.ts';
import { type Granted, grantRole } from './operators/grant-role.ts';

const environment = z.object({
  ...databaseEnvironment.required({ DB_PASSWORD: true }).shape,
  GRANT_EMAIL: z
    .string()
    .refine((text) => canonicalEmail(text) !== undefined, 'Must be an e-mail address')
    .transform((text) => canonicalEmail(text) ?? ''),
  GRANT_ROLE: z.enum(roles).default('operator'),
  /** `yes`: also to an account whose address is not verified. */
  GRANT_TO_UNVERIFIED: z.enum(['yes', 'no']).default('no'),
});

const failures: Partial<Record<Granted, string>> = {
  'no-account': 'There is no account with this address yet: sign up with it, verify it, and run this again.',
  'not-verified': 'The account has not verified its address, so anybody may have made it: verify it, and run this again.',
};

/** Gives a role to the account of an address, for the first operator of a shop, whom nobody else can make one. */
runMain(async () => {
  const { GRANT_EMAIL: email, GRANT_ROLE: role, GRANT_TO_UNVERIFIED: toUnverified, ...config } = loadConfig(environment);
  const db = await openDatabase({ ...schema, config: { ...config, DB_POOL_SIZE: 2 }, password: config.DB_PASSWORD });
  try {
    const granted = await grantRole(db, { email, role, toUnverified: toUnverified === 'yes' });
    const failure = failures[granted];
    if (failure !== undefined) {
      console.error(failure);
      process.exitCode = 1;
    } else
      console.log(
        granted === 'granted'
          ? `The account is ${role} now; it has to log in again, or refresh its session.`
          : `The account was ${role} already.`,
      );
  } finally {
    await db.close();
  }
});
