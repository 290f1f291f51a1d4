import type { RetentionRule } from '@ticketing/common/retention';

const dayHours = 24;

/** What of accounts goes by its age. */
export const retentionRules: readonly RetentionRule[] = [
  { table: 'sessions', condition: 'ends_at < UTC_TIMESTAMP(3) - INTERVAL ? HOUR', hours: () => dayHours },
  { table: 'address_proofs', condition: 'ends_at < UTC_TIMESTAMP(3) - INTERVAL ? HOUR', hours: () => dayHours },
  // Nobody waits so long for a mail that was asked for.
  { table: 'proof_requests', condition: 'requested_at < UTC_TIMESTAMP(3) - INTERVAL ? HOUR', hours: () => 1 },
];
