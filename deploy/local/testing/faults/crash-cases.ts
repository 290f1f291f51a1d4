import type { ServiceName } from '../../services.ts';
import type { FaultCase } from './fault-case.ts';
import { waitForSale } from './visitors.ts';

const peopleDrawn = 6;

interface CrashPoint {
  point: string;
  what: string;
  ci?: boolean;
  /** Of the draw: buyers are in a room that was drawn long ago. */
  ofDraw?: boolean;
}

/** The points of each service, in the order in which a purchase meets them. */
export const crashPoints: Partial<Record<ServiceName, CrashPoint[]>> = {
  queue: [
    { point: 'join.after-line', what: 'the line is longer, the new place is not written' },
    { point: 'draw.after-line', what: 'nobody joins the draw any more, who had left is not settled', ofDraw: true },
    { point: 'draw.after-absences', what: 'who takes part in the draw is settled, the room does not say so', ofDraw: true },
    { point: 'release.after-calls', what: 'people are called, nobody counted them' },
    { point: 'place.after-end', what: 'a place has ended, its slot is not free' },
  ],
  reservation: [
    { point: 'hold.before-commit', what: 'holds written, not committed', ci: true },
    { point: 'hold.after-commit', what: 'holds committed, not answered' },
    { point: 'confirm.before-commit', what: 'sale written, not committed' },
    { point: 'confirm.after-commit', what: 'sale committed, payment not told', ci: true },
    { point: 'release.before-commit', what: 'refunded seats written, not committed' },
    { point: 'release.after-commit', what: 'refunded seats committed, payment not told' },
    { point: 'release-tickets.before-commit', what: 'seats of some tickets written, not committed' },
    { point: 'release-tickets.after-commit', what: 'seats of some tickets committed, payment not told', ci: true },
    { point: 'cancel.before-commit', what: 'cancellation written, not committed' },
    { point: 'cancel.after-commit', what: 'cancellation committed, not answered' },
    { point: 'expire.before-commit', what: 'expiry written, not committed' },
    { point: 'expire.after-commit', what: 'expiry committed' },
    { point: 'outbox.before-publish', what: 'events read, not published' },
    { point: 'outbox.after-publish', what: 'events published, not marked', ci: true },
    { point: 'outbox.after-mark', what: 'events published and marked' },
  ],
  payment: [
    { point: 'charge.before-commit', what: 'charge written, not committed' },
    { point: 'charge.after-commit', what: 'charge committed, not answered' },
    { point: 'pay.before-commit', what: 'points reserved, not committed' },
    { point: 'pay.after-commit', what: 'points reserved, saga not driven' },
    { point: 'payment.before-confirm', what: 'before the reservation is asked' },
    { point: 'payment.after-confirm', what: 'reservation confirmed, points not captured', ci: true },
    { point: 'payment.after-refusal', what: 'reservation refused, points not given back' },
    { point: 'payment.before-commit', what: 'capture written, not committed' },
    { point: 'payment.after-commit', what: 'capture committed, not answered' },
    { point: 'payment.before-compensation-commit', what: 'release of points written, not committed' },
    { point: 'payment.after-compensation-commit', what: 'release of points committed' },
    { point: 'refund.before-begin-commit', what: 'refund written, not committed' },
    { point: 'refund.after-begin-commit', what: 'refund committed, saga not driven' },
    { point: 'refund.before-release', what: 'before the seats are released' },
    { point: 'refund.after-release', what: 'seats released, points not credited' },
    { point: 'part-refund.after-release', what: 'seats of some tickets released, points not credited', ci: true },
    { point: 'part-refund.before-commit', what: 'credit for some tickets written, not committed' },
    { point: 'refund.before-commit', what: 'credit written, not committed' },
    { point: 'refund.after-commit', what: 'credit committed, not answered' },
    { point: 'outbox.after-publish', what: 'events published, not marked' },
    { point: 'inbox.before-commit', what: 'event taken, not committed', ci: true },
    { point: 'inbox.after-commit', what: 'event taken, broker not told' },
  ],
};

/** A process dies at each point, like at a power cut, and is started again. */
export const crashCases: FaultCase[] = Object.entries(crashPoints).flatMap(([service, points]) =>
  points.map(({ point, what, ci, ofDraw }) => ({
    name: `${service} dies at ${point}`,
    kind: 'crash at a point' as const,
    ci: ci ?? false,
    run: async (shop) => {
      const sale = ofDraw ? await waitForSale(shop, peopleDrawn) : undefined;
      const [name] = await Promise.all([shop.atPoint(serviceOf(service), point, 'SIGKILL'), sale?.open()]);
      await shop.load.untilSent(10, 60_000);
      await shop.start(name);
      await sale?.enterAll();
      return `${what}: ${name}`;
    },
  })),
);

function serviceOf(name: string): ServiceName {
  if (name === 'reservation' || name === 'payment' || name === 'queue' || name === 'concert' || name === 'user') return name;
  throw new Error(`${name} has no crash points`);
}
