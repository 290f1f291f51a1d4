import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { pollUntil } from '@ticketing/common/poll-until';
import type { WitnessSources } from '@ticketing/common/witness/check';
import { openKeyReader, valuesUnder } from '@ticketing/common/witness/redis-reader';
import { openSources } from '@ticketing/common/witness/sources';
import { z } from 'zod';
import { ApiClient } from '../../client/api-client.ts';
import { logIn } from '../../client/buyer.ts';
import { startProcess, stopProcess } from '../../control.ts';
import { prepareSale, type Sale } from '../../demo/prepare-sale.ts';
import { isAlive, signalProcess } from '../../process-identity.ts';
import { readRecord, readRecords, writeRecord } from '../../process-record.ts';
import { profileFolders } from '../../profile.ts';
import { seedAccounts } from '../../seed.ts';
import type { ServiceName } from '../../services.ts';
import { serviceNames } from '../../services.ts';
import { type Stack, startStack } from '../../stack.ts';
import type { InstanceDescription } from '../../stack-description.ts';
import { configOfStack } from '../../witness/stack-books.ts';
import { type BuyingLoad, startBuyingLoad } from './buying-load.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

const profile = 'test';
const people = 10;
const seats = 300;
/** So short that holds run out during a case. */
export const holdSeconds = 9;
const mostPlaces = 1_000;
const proxied: readonly ServiceName[] = ['queue', 'reservation', 'payment'];
const ordersFolder = `${profileFolders(profile).root}/crash-orders`;

/** What stands between an instance and its sidecar, in either direction. */
export interface InstanceProxies {
  toApp: FaultProxy;
  toSidecar: FaultProxy;
}

/** A running stack with buyers in it, and everything that can be done to it. */
export interface FaultShop {
  stack: Stack;
  sale: Sale;
  load: BuyingLoad;
  books: WitnessSources;
  operator: { api: ApiClient; token: string };
  proxies: ReadonlyMap<string, InstanceProxies>;
  /** What services keep in the state store under keys that begin like this, by the rest of the key. */
  readState: (prefix: string) => Promise<Map<string, unknown>>;
  instancesOf: (service: ServiceName) => InstanceDescription[];
  /** Lets the next process of the service that comes by the point die or stand still. @returns which one it was */
  atPoint: (service: ServiceName, point: string, signal: 'SIGKILL' | 'SIGSTOP') => Promise<string>;
  kill: (name: string) => Promise<void>;
  start: (name: string) => Promise<void>;
  signal: (name: string, signal: 'SIGSTOP' | 'SIGCONT') => void;
  /** Starts a service's processes anew with other environment or another folder. */
  restart: (name: string, change: { env?: Record<string, string>; cwd?: string }) => Promise<void>;
  /** Starts what does not run, lets go on what stands still, withdraws orders, and delivers what was held back. */
  heal: () => Promise<void>;
  close: () => Promise<void>;
}

const arrivesMs = 90_000;

export async function openFaultShop(signal: AbortSignal): Promise<FaultShop> {
  mkdirSync(ordersFolder, { recursive: true });
  const orders = (service: ServiceName): Record<string, string> => ({ TICKETING_CRASH_ORDERS: ordersFile(service) });
  const stack = await startStack({
    profile,
    reset: true,
    instances: { queue: 2, reservation: 2, payment: 2 },
    env: Object.fromEntries(serviceNames.map((service) => [service, orders(service)])),
    infrastructure: 'native',
    signal,
    supervise: true,
  });
  try {
    return await fillShop(stack);
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function fillShop(stack: Stack): Promise<FaultShop> {
  const proxies = new Map<string, InstanceProxies>();
  for (const instance of stack.instances.filter(({ service }) => proxied.includes(service)))
    proxies.set(instance.name, await putProxiesBetween(instance));
  await seedAccounts(stack);
  const api = new ApiClient(stack.gatewayUrl);
  const sale = await prepareSale(api, stack, { seats, capacity: 1_000 });
  const { token } = await logIn(api, 'operator@example.com');
  const set = (key: string, value: number) => api.call(z.unknown(), 'PUT', `/admin/settings/${key}`, { token, body: { value } });
  await set('hold.minutes', holdSeconds / 60);
  // The same few people buy again and again.
  await set('queue.places-per-person', mostPlaces);
  const load = await startBuyingLoad(stack.gatewayUrl, sale, people);
  const books = await openSources(configOfStack(stack));
  return {
    stack,
    sale,
    load,
    books,
    operator: { api, token },
    proxies,
    readState: async (prefix) => {
      const reader = await openKeyReader(stack.redis);
      return valuesUnder(reader, prefix).finally(() => reader.close());
    },
    instancesOf: (service) => stack.instances.filter((instance) => instance.service === service),
    atPoint,
    kill: (name) => stopProcess(profile, name, 'SIGKILL'),
    start: async (name) => {
      await startProcess(profile, name);
    },
    signal: signalRecorded,
    restart,
    heal: async () => {
      await healProcesses();
      await Promise.all([...proxies.values()].flatMap(({ toApp, toSidecar }) => [toApp.heal(), toSidecar.heal()]));
    },
    close: async () => {
      await healProcesses().catch(() => undefined);
      await load.stop();
      await books.close();
      await api.close();
      for (const { toApp, toSidecar } of proxies.values()) {
        toApp.close();
        toSidecar.close();
      }
      await stack.stop();
    },
  };
}

/** Starts an instance and its sidecar anew, so that each meets the other through a proxy. */
async function putProxiesBetween({ name, sidecar, appPort, daprHttpPort }: InstanceDescription): Promise<InstanceProxies> {
  const toApp = await startFaultProxy(appPort);
  const toSidecar = await startFaultProxy(daprHttpPort);
  await stopProcess(profile, name);
  await stopProcess(profile, sidecar);
  const [app, dapr] = [record(name), record(sidecar)];
  writeRecord(profile, { ...app, env: { ...app.env, DAPR_HTTP_PORT: String(toSidecar.port) } });
  const args = dapr.args.map((arg, index) => (dapr.args[index - 1] === '--app-port' ? String(toApp.port) : arg));
  writeRecord(profile, { ...dapr, args });
  await Promise.all([startProcess(profile, sidecar), startProcess(profile, name)]);
  return { toApp, toSidecar };
}

function record(name: string): NonNullable<ReturnType<typeof readRecord>> {
  const found = readRecord(profile, name);
  if (!found) throw new Error(`the stack has no ${name}`);
  return found;
}

function ordersFile(service: ServiceName): string {
  return `${ordersFolder}/${service}.json`;
}

async function atPoint(service: ServiceName, point: string, signal: 'SIGKILL' | 'SIGSTOP'): Promise<string> {
  const file = ordersFile(service);
  const taken = `${file}.taken`;
  rmSync(taken, { force: true });
  writeFileSync(`${file}.new`, JSON.stringify({ point, signal }));
  // As a whole: nobody reads half an order.
  rmSync(file, { force: true });
  renameSync(`${file}.new`, file);
  const name = await pollUntil(() => Promise.resolve(existsSync(taken) ? readFileSync(taken, 'utf8') || undefined : undefined), arrivesMs);
  if (name === undefined) throw new Error(`nobody came by ${point}`);
  const victim = record(name);
  if (signal === 'SIGKILL') await pollUntil(() => Promise.resolve(isAlive(victim) ? undefined : true), 10_000);
  writeRecord(profile, { ...victim, stopped: true });
  return name;
}

function signalRecorded(name: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
  signalProcess(record(name), signal, true);
}

async function restart(name: string, change: { env?: Record<string, string>; cwd?: string }): Promise<void> {
  await stopProcess(profile, name, 'SIGKILL');
  const stopped = record(name);
  writeRecord(profile, { ...stopped, env: { ...stopped.env, ...change.env }, cwd: change.cwd ?? stopped.cwd });
  await startProcess(profile, name);
}

async function healProcesses(): Promise<void> {
  for (const service of serviceNames) rmSync(ordersFile(service), { force: true });
  const records = readRecords(profile);
  for (const known of records) signalProcess(known, 'SIGCONT', true);
  const dead = records.filter((known) => !isAlive(known));
  const infrastructure = dead.filter(({ kind }) => kind === 'infrastructure');
  await Promise.all(infrastructure.map(({ name }) => startProcess(profile, name)));
  await Promise.all(dead.filter((known) => !infrastructure.includes(known)).map(({ name }) => startProcess(profile, name)));
}
