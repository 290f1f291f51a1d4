import type { Owner } from '@ticketing/common/witness/check';
import type { Finding } from '@ticketing/common/witness/invariants';
import { recount } from '@ticketing/common/witness/run-witness';
import type { WitnessConfig } from '@ticketing/common/witness/sources';
import type { StackDescription } from '../stack-description.ts';

/** Recounts the books of a stack of this machine. */
export function runWitness(stack: StackDescription, settleMs?: number): Promise<Finding[]> {
  return recount(configOfStack(stack), settleMs);
}

/** A stack of this machine, with the account that may read everything. */
export function configOfStack(stack: StackDescription): WitnessConfig {
  const { host, port: databasePort, witness, owners: names } = stack.database;
  const database = (owner: Owner) => ({ host, port: databasePort, ...witness, database: names[owner].database });
  return {
    databases: {
      user: database('user'),
      concert: database('concert'),
      reservation: database('reservation'),
      payment: database('payment'),
    },
    redis: stack.redis,
    elasticsearchUrl: stack.elasticsearch.url,
  };
}
