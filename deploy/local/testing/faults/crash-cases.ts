import type { ServiceName } from '../../services.ts';
import type { FaultCase } from './fault-case.ts';

/** The points of each service, in the order in which a purchase meets them. */
export const crashPoints: Partial<Record<ServiceName, { point: string; what: string; ci?: boolean }[]>> = {
  reservation: [
    { point: 'hold.before-claim', what: 'before seats are claimed in the state store' },
    { point: 'hold.after-claim', what: 'seats claimed, MySQL not asked', ci: true },
    { point: 'hold.before-commit', what: 'hold written, not committed' },
    { point: 'hold.after-commit', what: 'hold committed, not answered', ci: true },
    { point: 'confirm.before-commit', what: 'sale written, not committed' },
    { point: 'confirm.after-commit', what: 'sale committed, payment not told', ci: true },
    { point: 'release.before-commit', what: 'refunded seats written, not committed' },
    { point: 'release.after-commit', what: 'refunded seats committed, payment not told' },
    { point: 'cancel.before-commit', what: 'cancellation written, not committed' },
    { point: 'cancel.after-commit', what: 'cancellation committed, claims not given up' },
    { point: 'expire.before-commit', what: 'expiry written, not committed' },
    { point: 'expire.after-commit', what: 'expiry committed' },
  ],
};

/** A process dies at each point, like at a power cut, and is started again. */
export const crashCases: FaultCase[] = Object.entries(crashPoints).flatMap(([service, points]) =>
  points.map(({ point, what, ci }) => ({
    name: `${service} dies at ${point}`,
    kind: 'crash at a point' as const,
    ci: ci ?? false,
    run: async (shop) => {
      const name = await shop.atPoint(serviceOf(service), point, 'SIGKILL');
      await shop.load.untilSent(10, 60_000);
      await shop.start(name);
      return `${what}: ${name}`;
    },
  })),
);

function serviceOf(name: string): ServiceName {
  if (name === 'reservation' || name === 'payment' || name === 'queue' || name === 'concert' || name === 'user') return name;
  throw new Error(`${name} has no crash points`);
}
