import { CommunicationProtocolEnum, DaprClient, LogLevel } from '@dapr/dapr';
import type { SettingsService } from '@ticketing/contracts/gen/ticketing/common/v1/settings_pb';
import { components, type Sidecar } from './dapr.ts';
import type { Logger } from './log.ts';
import type { RpcHandlers } from './rpc-server.ts';
import { type SettingDefinition, SettingValues, settingsRpc } from './setting-values.ts';

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
