import type { SettingDefinition } from '@ticketing/common/setting-values';
import type { Room } from './rooms/room.ts';

export type SettingKey = 'queue.capacity' | 'queue.pass-ttl-seconds';

/** The runtime settings of the waiting rooms. */
export const settingDefinitions: Record<SettingKey, SettingDefinition> = {
  'queue.capacity': {
    description: 'How many people may be in the shop of a concert at a time, where its room has no capacity of its own',
    default: 500,
    minimum: 1,
    maximum: 100_000,
  },
  'queue.pass-ttl-seconds': {
    description:
      'How long a pass lets a person into the shop, in seconds, where the room has no lifetime of its own; counts for new passes',
    default: 600,
    minimum: 10,
    maximum: 3_600,
  },
};

export interface Admission {
  capacity: number;
  passTtlSeconds: number;
}

/** What a room lets in: its own values, else the settings. */
export function admissionOf(room: Room, settings: { get: (key: SettingKey) => number }): Admission {
  return {
    capacity: room.capacity ?? Math.floor(settings.get('queue.capacity')),
    passTtlSeconds: room.passTtlSeconds ?? Math.floor(settings.get('queue.pass-ttl-seconds')),
  };
}
