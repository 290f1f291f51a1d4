/** The services in the order of their ports. A new service is one entry here and one port in ports.ts. */
export const serviceNames = ['gateway', 'user', 'queue', 'concert', 'reservation', 'payment'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Which services own a database, and its name. */
export const databases = { user: 'users', concert: 'concerts', reservation: 'reservations', payment: 'payments' } as const;
export type DatabaseOwner = keyof typeof databases;
export const databaseOwners: readonly DatabaseOwner[] = ['user', 'concert', 'reservation', 'payment'];

export function isServiceName(name: string): name is ServiceName {
  return serviceNames.some((service) => service === name);
}

export function isDatabaseOwner(service: ServiceName): service is ServiceName & DatabaseOwner {
  return Object.hasOwn(databases, service);
}

const eventTopics = ['users', 'performances', 'reservations', 'payments', 'cache-invalidations'];
const deadLetterTopics = [
  'user.dead-letters',
  'reservation.dead-letters',
  'payment.dead-letters',
  'queue.dead-letters',
  'concert.dead-letters',
];
export const topics: readonly string[] = [...eventTopics, ...deadLetterTopics];
export const topicPartitions = 6;
