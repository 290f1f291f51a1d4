import type { SettingDefinition } from '@ticketing/common/setting-values';

/** Runtime settings of this service. */
export const settingDefinitions = {
  'hold.minutes': { description: 'How long a new hold lasts, in minutes.', default: 5, minimum: 0.05, maximum: 60 },
  'tickets.transfers': {
    description: 'Whether tickets can be passed on to other accounts: 1 for yes, 0 for no.',
    default: 1,
    minimum: 0,
    maximum: 1,
  },
} as const satisfies Record<string, SettingDefinition>;

export type SettingKey = keyof typeof settingDefinitions;
