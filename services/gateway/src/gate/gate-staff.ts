import type { GateStaff } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { z } from 'zod';
import { isoTime } from '../http/answers.ts';
import { shownId, shownInstant } from '../http/fields.ts';

export const gateStaffSchema = z
  .object({
    userId: shownId,
    name: z.string().nullable().meta({ description: 'Null where it can’t be had just now.' }),
    addedAt: shownInstant,
  })
  .meta({ id: 'GateStaff', description: 'An account that works at the gate of a performance.' });

export function toGateStaff({ userId, addedAt }: GateStaff, name: string | null): z.output<typeof gateStaffSchema> {
  return { userId, name, addedAt: isoTime(addedAt) };
}
