import type { SettingDefinition } from '@ticketing/common/setting-values';
import { limits } from '@ticketing/contracts/limits';
import type { Config } from './config.ts';
import type { Room } from './rooms/room.ts';

export type SettingKey =
  | 'queue.capacity'
  | 'queue.pass-ttl-seconds'
  | 'queue.no-show-seconds'
  | 'queue.grace-seconds'
  | 'queue.seat-overbooking'
  | 'queue.places-per-person'
  | 'queue.rooms-per-person'
  | 'queue.joins-open-days'
  | 'queue.verified-only';

/** The runtime settings of the waiting rooms. */
export const settingDefinitions: Record<SettingKey, SettingDefinition> = {
  'queue.capacity': {
    description: 'How many people may be in the shop of a concert at a time, where its room has no capacity of its own',
    default: 500,
    minimum: 1,
    maximum: limits.roomCapacity,
  },
  'queue.pass-ttl-seconds': {
    description:
      'How long a pass lets a person into the shop, in seconds, where the room has no lifetime of its own; counts for new passes',
    default: 600,
    minimum: 10,
    maximum: 3_600,
  },
  'queue.no-show-seconds': {
    description: 'How long a slot is kept for a person who was called and has not come, in seconds; then it is given on',
    default: 45,
    minimum: 1,
    maximum: 600,
  },
  'queue.grace-seconds': {
    description: 'How long somebody who missed the call may come back to the front of the line, in seconds',
    default: 600,
    minimum: 0,
    maximum: 3_600,
  },
  'queue.seat-overbooking': {
    description: 'How many people may be in the shop for each seat that is not sold',
    default: 3,
    minimum: 1,
    maximum: 1_000,
  },
  'queue.places-per-person': {
    description: 'How many places a person may take in a waiting room, one after the other; leaving before the draw gives none up',
    default: 5,
    minimum: 1,
    maximum: 1_000,
  },
  'queue.rooms-per-person': {
    description: 'In how many waiting rooms a person may be at a time; a room counts until it is left or its sale is over',
    default: 50,
    minimum: 1,
    maximum: 1_000,
  },
  'queue.joins-open-days': {
    description: 'How many days before its opening a waiting room may be joined',
    default: 30,
    minimum: 0,
    maximum: 3_650,
  },
  'queue.verified-only': {
    description: 'Whether joining a waiting room needs a verified e-mail address: 1 if so, 0 if not',
    default: 0,
    minimum: 0,
    maximum: 1,
  },
};

/** The settings with the defaults that a shop has chosen. */
export function definitionsFor({ QUEUE_VERIFIED_ONLY: verifiedOnly }: Pick<Config, 'QUEUE_VERIFIED_ONLY'>): typeof settingDefinitions {
  const key = 'queue.verified-only';
  return { ...settingDefinitions, [key]: { ...settingDefinitions[key], default: Number(verifiedOnly) } };
}

export interface Admission {
  capacity: number;
  passTtlSeconds: number;
  noShowSeconds: number;
  graceSeconds: number;
  seatOverbooking: number;
}

/** What a room lets in: its own values, else the settings. */
export function admissionOf(room: Room, settings: { get: (key: SettingKey) => number }): Admission {
  return {
    capacity: Math.min(room.capacity ?? Math.floor(settings.get('queue.capacity')), limits.roomCapacity),
    passTtlSeconds: room.passTtlSeconds ?? Math.floor(settings.get('queue.pass-ttl-seconds')),
    noShowSeconds: settings.get('queue.no-show-seconds'),
    graceSeconds: settings.get('queue.grace-seconds'),
    seatOverbooking: settings.get('queue.seat-overbooking'),
  };
}
