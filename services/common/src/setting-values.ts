import type { SettingsService } from '@ticketing/contracts/gen/ticketing/common/v1/settings_pb';
import type { AuditedAction } from './audit.ts';
import type { Logger } from './log.ts';
import { refusalResult, refuse } from './refusal.ts';
import type { RpcHandlers } from './rpc-server.ts';

/** A number that operators change at run time. */
export interface SettingDefinition {
  description: string;
  default: number;
  minimum: number;
  maximum: number;
}

/** The present values of a service's settings: the stored value if it is in range, else the default. */
export class SettingValues<K extends string> {
  readonly keys: K[];
  readonly #definitions: Record<K, SettingDefinition>;
  readonly #values = new Map<K, number>();
  readonly #log: Logger;

  constructor(definitions: Record<K, SettingDefinition>, log: Logger) {
    this.#definitions = definitions;
    this.#log = log;
    this.keys = Object.keys(definitions).filter((key) => this.has(key));
  }

  has(key: string): key is K {
    return Object.hasOwn(this.#definitions, key);
  }

  get(key: K): number {
    return this.#values.get(key) ?? this.#definitions[key].default;
  }

  fits(key: K, value: number): boolean {
    const { minimum, maximum } = this.#definitions[key];
    return value >= minimum && value <= maximum;
  }

  /** Takes a stored text over, or warns and keeps the present value. */
  take(key: string, text: string): void {
    if (!this.has(key)) return;
    if (text.trim() !== '' && this.fits(key, Number(text))) this.#values.set(key, Number(text));
    else this.#log.warn({ setting: key, value: text }, 'setting ignored: not a number in range');
  }

  describe(key: K) {
    const { description, minimum, maximum } = this.#definitions[key];
    return { key, value: this.get(key), description, minimum, maximum };
  }
}

/** Writes a change down before it is done, because settings are kept where no transaction reaches. */
export type AuditSetting = (change: AuditedAction) => Promise<void>;

/** @param write stores a value that fits; afterwards `values` must have it */
export function settingsRpc<K extends string>(
  values: SettingValues<K>,
  audit: AuditSetting,
  write: (key: K, value: number) => Promise<void>,
): RpcHandlers<typeof SettingsService> {
  const answer = (key: K) => ({ result: { case: 'setting' as const, value: values.describe(key) } });
  const unknown = (key: string) => ({ result: refusalResult(refuse('setting-not-found', `There is no setting ${key}.`)) });
  return {
    getSetting: ({ key }) => (values.has(key) ? answer(key) : unknown(key)),
    putSetting: async ({ key, value, actorId }) => {
      if (!values.has(key)) return unknown(key);
      if (!values.fits(key, value)) {
        const { minimum, maximum } = values.describe(key);
        return { result: refusalResult(refuse('setting-out-of-range', `${key} takes ${minimum} to ${maximum}.`)) };
      }
      await audit({ actorId, action: 'setting.put', subject: key, before: { value: values.get(key) }, after: { value } });
      await write(key, value);
      return answer(key);
    },
  };
}
