import { CommunicationProtocolEnum, DaprClient, LogLevel } from '@dapr/dapr';
import type { SettingsService } from '@ticketing/contracts/gen/ticketing/common/v1/settings_pb';
import { components, type Sidecar } from './dapr.ts';
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

export interface Settings<K extends string> {
  /** The present value, without any call. */
  get: (key: K) => number;
  /** Serves the common SettingsService for these keys. */
  rpc: RpcHandlers<typeof SettingsService>;
  stop: () => Promise<void>;
}

export interface SettingsOptions<K extends string> {
  definitions: Record<K, SettingDefinition>;
  sidecar: Sidecar;
  /** The sidecar's gRPC port on loopback. */
  grpcPort: number;
  apiToken: string;
  log: Logger;
}

const refreshMs = 5_000;

/**
 * Follows runtime settings in the Dapr configuration store: the sidecar pushes every change into every instance.
 * Values are JSON numbers; one that does not fit its definition is ignored with a warning.
 */
export async function followSettings<K extends string>(options: SettingsOptions<K>): Promise<Settings<K>> {
  const { sidecar, log } = options;
  const values = new SettingValues(options.definitions, log);
  const refresh = async (): Promise<void> => {
    for (const [key, text] of await sidecar.getConfiguration(values.keys)) values.take(key, text);
  };

  const client = new DaprClient({
    daprHost: '127.0.0.1',
    daprPort: String(options.grpcPort),
    communicationProtocol: CommunicationProtocolEnum.GRPC,
    daprApiToken: options.apiToken,
    logger: { level: LogLevel.Error },
  });
  const subscription = await client.configuration.subscribeWithKeys(components.settings, values.keys, (update) => {
    for (const [key, item] of Object.entries(update.items)) values.take(key, item.value);
    return Promise.resolve();
  });
  await refresh();
  // A push that was lost (the store restarted, the sidecar was replaced) is made good by reading again.
  const timer = setInterval(() => {
    refresh().catch((error: unknown) => {
      log.debug({ err: error }, 'settings could not be read again');
    });
  }, refreshMs);

  return {
    get: (key) => values.get(key),
    rpc: settingsRpc(values, async (key, value) => {
      await sidecar.invokeBinding(components.settingsWriter, 'create', value, { key });
      await refresh();
    }),
    stop: async () => {
      clearInterval(timer);
      subscription.stop();
      await client.stop();
    },
  };
}

class SettingValues<K extends string> {
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

function settingsRpc<K extends string>(
  values: SettingValues<K>,
  write: (key: K, value: number) => Promise<void>,
): RpcHandlers<typeof SettingsService> {
  const answer = (key: K) => ({ result: { case: 'setting' as const, value: values.describe(key) } });
  const unknown = (key: string) => ({ result: refusalResult(refuse('setting-not-found', `There is no setting ${key}.`)) });
  return {
    getSetting: ({ key }) => (values.has(key) ? answer(key) : unknown(key)),
    putSetting: async ({ key, value }) => {
      if (!values.has(key)) return unknown(key);
      if (!values.fits(key, value)) {
        const { minimum, maximum } = values.describe(key);
        return { result: refusalResult(refuse('setting-out-of-range', `${key} takes ${minimum} to ${maximum}.`)) };
      }
      await write(key, value);
      return answer(key);
    },
  };
}
