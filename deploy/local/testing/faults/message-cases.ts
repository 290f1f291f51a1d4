import type { FaultCase } from './fault-case.ts';
import type { ProxyFault } from './fault-proxy.ts';

interface MessageFault {
  name: string;
  kind: 'lost reply' | 'delivery';
  service: 'queue' | 'reservation' | 'payment';
  side: 'toApp' | 'toSidecar';
  fault: ProxyFault;
  path: RegExp;
  times: number;
  ci?: boolean;
}

const faults: MessageFault[] = [
  {
    ...{ name: 'the reservation is confirmed, and payment never hears of it', kind: 'lost reply', ci: true },
    ...{ service: 'payment', side: 'toSidecar', fault: 'lose-reply', path: /ConfirmReservation(\/Group)?$/, times: 2 },
  },
  {
    ...{ name: 'the question for a confirmation is lost', kind: 'lost reply' },
    ...{ service: 'payment', side: 'toSidecar', fault: 'lose-request', path: /ConfirmReservation(\/Group)?$/, times: 2 },
  },
  {
    ...{ name: 'refunded seats are released, and payment never hears of it', kind: 'lost reply' },
    ...{ service: 'payment', side: 'toSidecar', fault: 'lose-reply', path: /ReleaseReservation$/, times: 2 },
  },
  {
    ...{ name: 'seats of some tickets are released, and payment never hears of it', kind: 'lost reply', ci: true },
    ...{ service: 'payment', side: 'toSidecar', fault: 'lose-reply', path: /ReleaseTickets$/, times: 2 },
  },
  {
    ...{ name: 'some tickets are released twice', kind: 'delivery' },
    ...{ service: 'reservation', side: 'toApp', fault: 'deliver-twice', path: /ReleaseTickets$/, times: 3 },
  },
  {
    ...{ name: 'seats are held, and nobody is told', kind: 'lost reply' },
    ...{ service: 'reservation', side: 'toApp', fault: 'lose-reply', path: /HoldSeats(\/Group)?$/, times: 3 },
  },
  {
    ...{ name: 'a payment is made, and nobody is told', kind: 'lost reply', ci: true },
    ...{ service: 'payment', side: 'toApp', fault: 'lose-reply', path: /PaymentService\/Pay(\/Group)?$/, times: 3 },
  },
  {
    ...{ name: 'a wallet is charged, and nobody is told', kind: 'lost reply' },
    ...{ service: 'payment', side: 'toApp', fault: 'lose-reply', path: /ChargePoints(\/Group)?$/, times: 2 },
  },
  {
    ...{ name: 'the broker takes events, and the relay never hears of it', kind: 'lost reply', ci: true },
    ...{ service: 'reservation', side: 'toSidecar', fault: 'lose-reply', path: /publish\/bulk/, times: 3 },
  },
  {
    ...{ name: 'a place in the line is written, and the reply is lost', kind: 'lost reply' },
    ...{ service: 'queue', side: 'toSidecar', fault: 'lose-reply', path: /state\/ticketing-state$/, times: 3 },
  },
  {
    ...{ name: 'confirmations are asked for twice', kind: 'delivery' },
    ...{ service: 'reservation', side: 'toApp', fault: 'deliver-twice', path: /ConfirmReservation(\/Group)?$/, times: 5 },
  },
  {
    ...{ name: 'payments are asked for twice', kind: 'delivery' },
    ...{ service: 'payment', side: 'toApp', fault: 'deliver-twice', path: /PaymentService\/Pay(\/Group)?$/, times: 5 },
  },
  {
    ...{ name: 'events of holds are delivered twice', kind: 'delivery', ci: true },
    ...{ service: 'payment', side: 'toApp', fault: 'deliver-twice', path: /events\/reservations/, times: 10 },
  },
  {
    ...{ name: 'events of holds are delivered late, behind others', kind: 'delivery' },
    ...{ service: 'payment', side: 'toApp', fault: 'deliver-late', path: /events\/reservations/, times: 6 },
  },
  {
    ...{ name: 'the consumer takes events, and the broker never hears of it', kind: 'delivery' },
    ...{ service: 'payment', side: 'toApp', fault: 'lose-reply', path: /events\/reservations/, times: 4 },
  },
  {
    ...{ name: 'events of payments are delivered twice and late', kind: 'delivery' },
    ...{ service: 'queue', side: 'toApp', fault: 'deliver-late', path: /events\/payments/, times: 4 },
  },
];

/** Messages that are lost, doubled or late between a service and its sidecar. Whichever instance they meet, at least one was hit. */
export const messageCases: FaultCase[] = faults.map(({ name, kind, service, side, fault, path, times, ci = false }) => ({
  name,
  kind,
  ci,
  run: async (shop) => {
    const hit = shop.instancesOf(service).map(async (instance) => {
      const proxy = shop.proxies.get(instance.name)?.[side];
      if (!proxy) throw new Error(`${instance.name} has no proxy`);
      proxy.order(fault, path, times);
      return (await proxy.untilMet(60_000)) ? 1 : 0;
    });
    // Events of one partition go to one instance, and one instance owns a job: the other may see none.
    const met = await Promise.race([all(hit), firstAndAWhile(hit)]);
    if (met === 0) throw new Error(`no message to ${path.source} in a minute`);
    return `${times} messages, ${fault}, at ${met} instances`;
  },
}));

async function all(hit: Promise<number>[]): Promise<number> {
  return (await Promise.all(hit)).reduce((sum, one) => sum + one, 0);
}

/** One instance was hit, and the others have had as long again. */
async function firstAndAWhile(hit: Promise<number>[]): Promise<number> {
  const started = performance.now();
  const first = await Promise.race(hit);
  const rest = performance.now() - started + 3_000;
  return Promise.race([all(hit), new Promise<number>((resolve) => setTimeout(() => resolve(first), rest))]);
}
