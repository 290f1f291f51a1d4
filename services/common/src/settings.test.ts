import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from '@jest/globals';
import { GetSettingRequestSchema, PutSettingRequestSchema } from '@ticketing/contracts/gen/ticketing/common/v1/settings_pb';
import { createLogger } from './log.ts';
import { pollUntil } from './poll-until.ts';
import { followSettings, type Settings, type SettingsStore } from './settings.ts';

const log = createLogger({ service: 'test', instance: 'test', level: 'silent' });
const definitions = {
  'hold.minutes': { description: 'How long a hold lives', default: 5, minimum: 1, maximum: 30 },
  'queue.capacity': { description: 'How many are let in', default: 500, minimum: 1, maximum: 1_000 },
};
type Key = keyof typeof definitions;

/** A store that can be out, and what was asked of it. */
function storeWith(stored: Record<string, string>) {
  const store = {
    isOut: false,
    asked: [] as string[],
    stored: new Map(Object.entries(stored)),
    subscriptions: [] as ((key: string, text: string) => void)[],
  };
  const use = <T>(answer: () => T): Promise<T> => (store.isOut ? Promise.reject(new Error('the store is out')) : Promise.resolve(answer()));
  const sidecar: SettingsStore = {
    getConfiguration: () =>
      use(() => {
        store.asked.push('configuration');
        return new Map<string, string>();
      }),
    invokeBinding: (_name, operation, data, { key = '' }) =>
      use(() => {
        store.asked.push(operation);
        if (operation === 'create') store.stored.set(key, JSON.stringify(data));
        return operation === 'get' ? (store.stored.get(key) ?? '') : '';
      }),
  };
  const subscribe = (_keys: string[], change: (key: string, text: string) => void): Promise<() => Promise<void>> => {
    store.subscriptions.push(change);
    return Promise.resolve(() => {
      store.subscriptions.splice(store.subscriptions.indexOf(change), 1);
      return Promise.resolve();
    });
  };
  return { store, options: { definitions, audit: () => Promise.resolve(), sidecar, subscribe, log } };
}

let settings: Settings<Key> | undefined;
afterEach(() => settings?.stop());

describe('settings', () => {
  it('are those in the store from the beginning, and follow what is pushed', async () => {
    const { store, options } = storeWith({ 'hold.minutes': '7||1' });
    settings = await followSettings(options);
    expect([settings.get('hold.minutes'), settings.get('queue.capacity')]).toEqual([7, 500]);
    store.subscriptions[0]?.('queue.capacity', '50');
    expect(settings.get('queue.capacity')).toBe(50);
  });

  it('are the defaults while the store is out, and what is stored as soon as it is back', async () => {
    const { store, options } = storeWith({ 'hold.minutes': '7' });
    store.isOut = true;
    settings = await followSettings(options);
    expect([settings.get('hold.minutes'), store.subscriptions.length]).toEqual([5, 0]);
    store.isOut = false;
    expect(await pollUntil(() => Promise.resolve(settings?.get('hold.minutes') === 7 ? true : undefined), 20_000)).toBe(true);
    expect(store.subscriptions).toHaveLength(1);
  });

  it('ask the configuration store, which warns of each key that is not set, no more than once', async () => {
    const { store, options } = storeWith({});
    settings = await followSettings(options);
    const put = (value: number) => settings?.rpc.putSetting(create(PutSettingRequestSchema, { key: 'hold.minutes', value }));
    for (const value of [6, 7, 8]) await put(value);
    expect(store.asked.filter((what) => what === 'configuration')).toHaveLength(1);
    expect(await settings.rpc.getSetting(create(GetSettingRequestSchema, { key: 'hold.minutes' }))).toMatchObject({
      result: { value: { value: 8 } },
    });
  });
});
