import { serviceNames } from '../../services.ts';
import type { FaultCase } from './fault-case.ts';

const outageRequests = 15;

function kill(names: string[], title: string, ci = false): FaultCase {
  return {
    name: `kill -9 ${title}`,
    kind: 'kill -9',
    ci,
    run: async (shop) => {
      await Promise.all(names.map((name) => shop.kill(name)));
      const before = shop.load.counts.unanswered;
      await shop.load.untilSent(outageRequests, 90_000);
      const refused = shop.load.counts.unanswered - before;
      for (const name of names) await shop.start(name);
      return `${refused} of ${outageRequests} or more requests had no final answer meanwhile`;
    },
  };
}

/** Every process of the stack, like at a power cut: one of several instances, all of them, and what they stand on. */
export const killCases: FaultCase[] = [
  ...serviceNames.map((service) => kill([`${service}-1`], service, service === 'payment')),
  ...serviceNames.map((service) => kill([`${service}-1-dapr`], `the sidecar of ${service}`, service === 'reservation')),
  kill(['reservation-1', 'reservation-2'], 'every reservation'),
  kill(['payment-1', 'payment-2'], 'every payment'),
  kill(['mariadb'], 'MariaDB', true),
  kill(['redis'], 'Redis', true),
  kill(['kafka'], 'Kafka', true),
  kill(['elasticsearch'], 'Elasticsearch'),
];
