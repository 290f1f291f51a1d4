import { cancelCases } from './cancel-cases.ts';
import { clockCases } from './clock-cases.ts';
import { crashCases } from './crash-cases.ts';
import { expiryCases } from './expiry-cases.ts';
import type { FaultCase } from './fault-case.ts';
import { groupCases } from './group-cases.ts';
import { killCases } from './kill-cases.ts';
import { messageCases } from './message-cases.ts';
import { hangCases, pauseCases } from './pause-cases.ts';
import { raceCases } from './race-cases.ts';

/** Every fault, in the order in which they are tried. */
export const allCases: readonly FaultCase[] = [
  ...crashCases,
  ...raceCases,
  ...groupCases,
  ...expiryCases,
  ...messageCases,
  ...pauseCases,
  ...hangCases,
  ...clockCases,
  ...killCases,
  ...cancelCases,
];
