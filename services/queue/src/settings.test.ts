import { describe, expect, it } from '@jest/globals';
import { definitionsFor, settingDefinitions } from './settings.ts';

describe('the setting queue.verified-only', () => {
  it('is off unless a shop has chosen otherwise, and no other setting depends on that', () => {
    expect(definitionsFor({ QUEUE_VERIFIED_ONLY: '0' })).toEqual(settingDefinitions);
    const chosen = definitionsFor({ QUEUE_VERIFIED_ONLY: '1' });
    expect(chosen['queue.verified-only']).toEqual({ ...settingDefinitions['queue.verified-only'], default: 1 });
    expect({ ...chosen, 'queue.verified-only': undefined }).toEqual({ ...settingDefinitions, 'queue.verified-only': undefined });
  });
});
