import { CommunicationProtocolEnum, DaprClient, LogLevel } from '@dapr/dapr';
import type { SettingsService } from '@ticketing/contracts/gen/ticketing/common/v1/settings_pb';
import { components, type Sidecar } from './dapr.ts';
import { startJob } from './job.ts';
import type { Logger } from './log.ts';
import type { RpcHandlers } from './rpc-server.ts';
import { type AuditSetting, type SettingDefinition, SettingValues, settingsRpc } from './setting-values.ts';

export interface Settings<K extends string> {
  /** The present value, without any call. */
  get: (key: K) => number;
  /** Serves the common SettingsService for these keys. */
  rpc: RpcHandlers<typeof SettingsService>;
  stop: () => Promise<void>;
}

/** What of the sidecar settings are read and written through. */
export type SettingsStore = Pick<Sidecar, 'getConfiguration' | 'invokeBinding'>;

/** Has every change of one of the keys pushed to it. @returns ends it */
export type SubscribeSettings = (keys: string[], change: (key: string, text: string) => void) => Promise<() => Promise<void>>;

export interface SettingsOptions<K extends string> {
  definitions: Record<K, SettingDefinition>;
  audit: AuditSetting;
  sidecar: SettingsStore;
  subscribe: SubscribeSettings;
  log: Logger;
}

const refreshMs = 5_000;

/**
 * Follows runtime settings in the Dapr configuration store: the sidecar pushes every change into every instance.
 * Values are JSON numbers; one that does not fit its definition is ignored with a warning.
 *
 * While the store is out, every setting keeps its last value, or the default in an instance that starts meanwhile. The job `settings` goes on
 * trying, and tells like every job when it last could read.
 */
export async function followSettings<K extends string>(options: SettingsOptions<K>): Promise<Settings<K>> {
  const { sidecar, subscribe, log } = options;
  const values = new SettingValues(options.definitions, log);
  const read = async (): Promise<void> => {
    // The configuration store would write a warning for each key that is not set.
    for (const key of values.keys) {
      const text = await sidecar.invokeBinding(components.settingsWriter, 'get', null, { key });
      if (text !== '') values.take(key, withoutVersion(text));
    }
  };
  let unsubscribe: (() => Promise<void>) | undefined;
  const follow = async (): Promise<void> => {
    try {
      if (!unsubscribe) {
        // A subscription to a store that is out fails without a word.
        await sidecar.getConfiguration(values.keys);
        unsubscribe = await subscribe(values.keys, (key, text) => values.take(key, text));
      }
      // A push that was lost (the store restarted, the sidecar was replaced) is made good by reading again.
      await read();
    } catch (error) {
      // A sidecar that was replaced pushes nothing.
      await unsubscribe?.();
      unsubscribe = undefined;
      throw error;
    }
  };
  // When it fails, the job says so.
  await follow().catch(() => undefined);
  const job = startJob({ name: 'settings', intervalMs: refreshMs, log, work: follow });

  return {
    get: (key) => values.get(key),
    rpc: settingsRpc(values, options.audit, async (key, value) => {
      await sidecar.invokeBinding(components.settingsWriter, 'create', value, { key });
      await read();
    }),
    stop: async () => {
      await job.stop();
      await unsubscribe?.();
    },
  };
}

/** The store takes `||` and a version behind a value. */
function withoutVersion(text: string): string {
  return text.split('||')[0] ?? '';
}

/** Subscribes through the sidecar's gRPC port on loopback. */
export function subscribeThroughSidecar({ grpcPort, apiToken }: { grpcPort: number; apiToken: string }): SubscribeSettings {
  return async (keys, change) => {
    const client = new DaprClient({
      daprHost: '127.0.0.1',
      daprPort: String(grpcPort),
      communicationProtocol: CommunicationProtocolEnum.GRPC,
      daprApiToken: apiToken,
      logger: { level: LogLevel.Error },
    });
    const subscription = await client.configuration.subscribeWithKeys(components.settings, keys, ({ items }) => {
      for (const [key, item] of Object.entries(items)) change(key, item.value);
      return Promise.resolve();
    });
    return async () => {
      subscription.stop();
      await client.stop();
    };
  };
}
