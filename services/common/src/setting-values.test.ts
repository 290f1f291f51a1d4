import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { GetSettingRequestSchema, PutSettingRequestSchema } from '@ticketing/contracts/gen/ticketing/common/v1/settings_pb';
import type { AuditedAction } from './audit.ts';
import { createLogger } from './log.ts';
import { type AuditSetting, SettingValues, settingsRpc } from './setting-values.ts';

const log = createLogger({ service: 'test', instance: 'test', level: 'silent' });
const definitions = { 'hold.minutes': { description: 'How long a hold lives', default: 5, minimum: 1, maximum: 30 } };

/** The rules on a store that takes every write at once. */
function settings() {
  const values = new SettingValues(definitions, log);
  const written: [string, number][] = [];
  const audited: AuditedAction[] = [];
  const broken = { audit: false };
  const audit: AuditSetting = (change) => {
    if (broken.audit) return Promise.reject(new Error('no audit'));
    audited.push(change);
    return Promise.resolve();
  };
  const rpc = settingsRpc(values, audit, (key, value) => {
    written.push([key, value]);
    values.take(key, String(value));
    return Promise.resolve();
  });
  return {
    ...{ values, written, audited, broken },
    get: (key: string) => rpc.getSetting(create(GetSettingRequestSchema, { key })),
    put: (key: string, value: number) => rpc.putSetting(create(PutSettingRequestSchema, { actorId: 'somebody', key, value })),
  };
}

describe('setting values', () => {
  it('are the defaults until something is stored', () => {
    const { values } = settings();
    expect(values.get('hold.minutes')).toBe(5);
    values.take('hold.minutes', '7.5');
    expect(values.get('hold.minutes')).toBe(7.5);
  });

  it.each(['0.9', '30.1', '', '  ', 'five', 'NaN', 'Infinity', '{}'])('keep the present value when "%s" is stored', (text) => {
    const { values } = settings();
    values.take('hold.minutes', '10');
    values.take('hold.minutes', text);
    expect(values.get('hold.minutes')).toBe(10);
  });

  it('ignore keys of others', () => {
    const { values } = settings();
    values.take('toString', '3');
    expect(values.keys).toEqual(['hold.minutes']);
  });
});

describe('settings service', () => {
  it('shows and changes a setting', async () => {
    const { get, put, written, audited } = settings();
    expect(await put('hold.minutes', 1)).toMatchObject({ result: { case: 'setting', value: { key: 'hold.minutes', value: 1 } } });
    expect(await get('hold.minutes')).toMatchObject({ result: { value: { value: 1, minimum: 1, maximum: 30 } } });
    expect(written).toEqual([['hold.minutes', 1]]);
    expect(audited).toEqual([
      { actorId: 'somebody', action: 'setting.put', subject: 'hold.minutes', before: { value: 5 }, after: { value: 1 } },
    ]);
  });

  it('changes nothing that is not written down', async () => {
    const { put, written, broken } = settings();
    broken.audit = true;
    await expect(put('hold.minutes', 2)).rejects.toThrow('no audit');
    expect(written).toEqual([]);
  });

  it.each([0, 31, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d and writes nothing', async (value) => {
    const { put, written, audited } = settings();
    expect(await put('hold.minutes', value)).toMatchObject({ result: { case: 'refusal', value: { code: 'setting-out-of-range' } } });
    expect([written, audited]).toEqual([[], []]);
  });

  it.each(['hold.hours', '__proto__', ''])('knows no setting "%s"', async (key) => {
    const { get, put, written } = settings();
    const refusal = { result: { case: 'refusal', value: { code: 'setting-not-found' } } };
    expect(await get(key)).toMatchObject(refusal);
    expect(await put(key, 5)).toMatchObject(refusal);
    expect(written).toEqual([]);
  });
});
