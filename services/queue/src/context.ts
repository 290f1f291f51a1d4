import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import { type Job, startJob, startOwnedJob } from '@ticketing/common/job';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { type ServiceCore, startServiceCore } from '@ticketing/common/service-core';
import { followSettings, type Settings, subscribeThroughSidecar } from '@ticketing/common/settings';
import { loadSigningKeys, type SigningKeys } from '@ticketing/common/signing-keys';
import { ConcertService } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { ReservationService } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { type Counters, createCounters } from './admission/counters.ts';
import { createReleaser } from './admission/releaser.ts';
import { observeRooms } from './admission/room-gauges.ts';
import type { Config } from './config.ts';
import { createDraws, type Draws } from './draw/draw.ts';
import { createPassIssuer, type IssuePass } from './passes/pass-issuer.ts';
import { type Absences, createAbsences } from './places/absences.ts';
import { createEtaWatch, type EtaWatch } from './places/eta-watch.ts';
import { createJoinRoom, type JoinRoom } from './places/join-room.ts';
import { createJoinedRooms, type JoinedRooms } from './places/joined-rooms.ts';
import { createPlaces, type Places } from './places/places.ts';
import { createDatabaseClock, type DatabaseClock } from './rooms/database-clock.ts';
import { createFollowRegister } from './rooms/follow-register.ts';
import type { Room } from './rooms/room.ts';
import { createRoomAuthority, type RoomAuthority } from './rooms/room-authority.ts';
import { createRoomIndex, type RoomIndex } from './rooms/room-index.ts';
import { createRoomRegister } from './rooms/room-register.ts';
import { createRooms, type Rooms } from './rooms/rooms.ts';
import { createSeatsLeft, type SeatsLeft } from './rooms/seats-left.ts';
import { createTails, type Tails } from './rooms/tails.ts';
import { type Admission, admissionOf, definitionsFor, type SettingKey } from './settings.ts';
import type { StateStore } from './state/swap-state.ts';

/** What the use cases are given. Built once. */
export interface Context extends ServiceCore {
  config: Config;
  keys: SigningKeys;
  settings: Settings<SettingKey>;
  store: StateStore;
  rooms: Rooms;
  authority: RoomAuthority;
  counters: Counters;
  absences: Absences;
  places: Places;
  draws: Draws;
  etaWatch: EtaWatch;
  observe: ReturnType<typeof observeRooms>;
  joinRoom: JoinRoom;
  joinedRooms: JoinedRooms;
  joinsOpenMs: () => number;
  index: RoomIndex;
  tails: Tails;
  seatsLeft: (concertId: string) => Promise<SeatsLeft>;
  admissionOf: (room: Room) => Admission;
  issuePass: IssuePass;
  /** Milliseconds since 1970. */
  clock: () => number;
  releaser: Job;
  stop: () => Promise<void>;
}

const releaseIntervalMs = 500;
const clockIntervalMs = 10_000;
const timeWithinMs = 2_000;

export async function createContext(config: Config): Promise<Context> {
  const core = await startServiceCore(config);
  const { log, sidecar, telemetry } = core;
  const keys = await loadSigningKeys(await sidecar.getSecret('PASS_SIGNING_KEYS'));
  const concerts = createRpcClient(ConcertService, sidecar, 'concert');
  const authority = createRoomAuthority(concerts);
  const settings = await followQueueSettings(config, core, authority);
  const clock = await followClock(concerts, log);
  const shared = { ...createShared(core, concerts, settings, clock.now), authority };
  const releaser = startOwnedJob({
    name: 'queue-releaser',
    instance: config.INSTANCE_ID,
    intervalMs: releaseIntervalMs,
    sidecar,
    log,
    work: createReleaser(shared),
  });
  const stop = async (): Promise<void> => {
    await releaser.stop();
    await clock.stop();
    await settings.stop();
    await sidecar.close();
    await telemetry.stop();
  };
  return {
    ...core,
    ...shared,
    config,
    keys,
    settings,
    joinRoom: createJoinRoom({ ...shared, mostPlaces: () => Math.floor(settings.get('queue.places-per-person')) }),
    issuePass: createPassIssuer(keys, clock.now),
    releaser,
    stop,
  };
}

/** What the rooms keep of their people. */
function createLine(store: StateStore): Pick<Context, 'store' | 'counters' | 'absences' | 'places' | 'draws'> {
  const absences = createAbsences(store);
  return { store, counters: createCounters(store), absences, places: createPlaces(store), draws: createDraws(absences) };
}

/** What use cases and the releaser work with. */
function createShared(
  { sidecar, log }: ServiceCore,
  concerts: Client<typeof ConcertService>,
  settings: Settings<SettingKey>,
  clock: () => number,
) {
  const register = createRoomRegister(concerts);
  const index = createRoomIndex(sidecar, clock);
  const follow = createFollowRegister({ store: sidecar, register, index, clock, log });
  return {
    ...createLine(sidecar),
    log,
    rooms: createRooms({ store: sidecar, register, index, follow, clock }),
    index,
    tails: createTails(sidecar),
    joinedRooms: createJoinedRooms(sidecar, () => settings.get('queue.rooms-per-person'), clock),
    joinsOpenMs: () => settings.get('queue.joins-open-days') * 86_400_000,
    etaWatch: createEtaWatch(clock),
    seatsLeft: createSeatsLeft(createRpcClient(ReservationService, sidecar, 'reservation'), log),
    admissionOf: (room: Room) => admissionOf(room, settings),
    clock,
    observe: observeRooms(clock),
  };
}

function followQueueSettings(config: Config, { sidecar, log }: ServiceCore, { record }: RoomAuthority): Promise<Settings<SettingKey>> {
  const subscribe = subscribeThroughSidecar({ grpcPort: config.DAPR_GRPC_PORT, apiToken: config.DAPR_API_TOKEN });
  return followSettings({ definitions: definitionsFor(config), audit: record, sidecar, subscribe, log });
}

/** Goes by the clock of the concert service's database; by the machine's own while that was never told. */
async function followClock(
  concerts: Pick<Client<typeof ConcertService>, 'getTime'>,
  log: ServiceCore['log'],
): Promise<Pick<DatabaseClock, 'now'> & Pick<Job, 'stop'>> {
  const ask = async (): Promise<number> => {
    const { now } = await concerts.getTime({}, { timeoutMs: timeWithinMs });
    if (!now) throw new Error('the concert service told no time');
    return timestampMs(now);
  };
  const { now, follow } = createDatabaseClock({ ask, log });
  await follow().catch((error: unknown) => log.warn({ err: error }, 'the database’s time is not known yet'));
  const { stop } = startJob({ name: 'queue-clock', intervalMs: clockIntervalMs, log, work: follow });
  return { now, stop };
}
