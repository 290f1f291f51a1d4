import type { Setting } from '@ticketing/contracts/gen/ticketing/common/v1/settings_pb';
import { z } from 'zod';
import type { Services } from '../context.ts';

/** Path parameter of a setting. */
export const settingKey = z.object({
  key: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .meta({ example: 'hold.minutes' }),
});

export const settingSchema = z
  .object({ key: z.string(), value: z.number(), description: z.string(), minimum: z.number(), maximum: z.number() })
  .meta({ id: 'Setting', description: 'A number that operators change while the shop is open.' });

export function toSetting({ key, value, description, minimum, maximum }: Setting): z.output<typeof settingSchema> {
  return { key, value, description, minimum, maximum };
}

const owners: [prefix: string, owner: keyof Services['settings']][] = [
  ['hold.', 'reservation'],
  ['reservation.', 'reservation'],
  ['queue.', 'queue'],
];

/** The service that a setting belongs to, by the beginning of its key. */
export function settingsOf(services: Services, key: string): Services['settings'][keyof Services['settings']] | undefined {
  const found = owners.find(([prefix]) => key.startsWith(prefix));
  return found && services.settings[found[1]];
}
