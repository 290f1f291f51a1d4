import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import type { ConcertService, RegisterRoomResponse, RoomRegistration } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Mark } from './high-water.ts';
import { drawCommitment, type Room } from './room.ts';

/** What a concert's database knows of its waiting room. */
export interface RegisteredConcert {
  /** Milliseconds since 1970. */
  opensAt: number;
  /** When the last performance begins, or the concert was cancelled; undefined while none is known. */
  endsAt: number | undefined;
  /** Of the concert: what was told with a lower one is older. */
  version: number;
  /** How often the organiser has moved the opening of the sale. */
  saleMoves: number;
  /** Of the room that was made for the concert; undefined when there never was one. */
  epoch: string | undefined;
  /** The Idempotency-Key of the restart, if it had one. */
  restartKey?: string;
}

/**
 * The concert service remembers in MySQL which waiting room a concert has, and what that committed to. So a state store that comes
 * back empty is noticed, and nobody can quietly draw again.
 */
export interface RoomRegister {
  /** Refuses with `concert-not-found`. */
  look: (concertId: string) => Promise<RegisteredConcert | Refusal>;
  /** Enters the room unless there is one. @returns the epoch of the room that is registered */
  enter: (room: Room) => Promise<string | Refusal>;
  /** Enters the room in place of a lost one. Refuses with `room-not-lost` when another was entered meanwhile. */
  replace: (room: Room, lostEpoch: string, restartKey: string) => Promise<string | Refusal>;
  /** Enters how far the room has come. @returns how far it had come at the most */
  mark: (room: Room, mark: Mark) => Promise<Mark>;
}

export function createRoomRegister(
  concerts: Pick<Client<typeof ConcertService>, 'getRoomRegistration' | 'registerRoom' | 'markRoom'>,
): RoomRegister {
  const enter = async (room: Room, replaced?: { lostEpoch: string; restartKey: string }): Promise<string | Refusal> => {
    const { concertId, epoch } = room;
    return epochOf(await concerts.registerRoom({ concertId, epoch, drawCommitment: drawCommitment(room), ...replaced }));
  };
  return {
    look: async (concertId) => {
      const { result } = await concerts.getRoomRegistration({ concertId });
      switch (result.case) {
        case 'registration':
          return toRegisteredConcert(result.value);
        case 'refusal':
          return refuse(result.value.code, result.value.detail);
        case undefined:
          throw new Error('the concert service gave no answer');
      }
    },
    enter: (room) => enter(room),
    mark: ({ concertId, epoch }, mark) => concerts.markRoom({ concertId, epoch, ...mark }),
    replace: async (room, lostEpoch, restartKey) => {
      const entered = await enter(room, { lostEpoch, restartKey });
      if (typeof entered !== 'string' || entered === room.epoch) return entered;
      return refuse('room-not-lost', 'The waiting room has just been restarted.');
    },
  };
}

function toRegisteredConcert({ saleOpensAt, saleEndsAt, epoch, restartKey, version, saleMoves }: RoomRegistration): RegisteredConcert {
  if (!saleOpensAt) throw new Error('the concert has no opening of its sale');
  const times = { opensAt: timestampMs(saleOpensAt), endsAt: saleEndsAt && timestampMs(saleEndsAt) };
  return { ...times, epoch, restartKey, version, saleMoves };
}

function epochOf({ result }: RegisterRoomResponse): string | Refusal {
  switch (result.case) {
    case 'epoch':
      return result.value;
    case 'refusal':
      return refuse(result.value.code, result.value.detail);
    case undefined:
      throw new Error('the concert service gave no answer');
  }
}
