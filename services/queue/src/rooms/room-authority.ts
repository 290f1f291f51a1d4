import { create } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import type { AuditedAction } from '@ticketing/common/audit';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import { type Actor, ActorSchema } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import type { AuthorizeRequest, ConcertService } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';

export interface RoomChange extends Pick<AuditedAction, 'action' | 'before' | 'after'> {
  idempotencyKey?: string;
}

/**
 * Says who may manage a room, and writes down what they do to it before it is done. Both are the concert service's: it knows whose a concert
 * is, and has a database.
 */
export interface RoomAuthority {
  /** Refuses with `concert-not-found` for another organiser's concert. */
  look: (actor: Actor, concertId: string) => Promise<Refusal | undefined>;
  /** As look, and writes the change down. Refuses with `idempotency-key-reused` as well. */
  allow: (actor: Actor, concertId: string, change: RoomChange) => Promise<Refusal | undefined>;
  /** Writes down what an operator does to the settings. @throws Error when that can't be done; then nothing may be changed */
  record: (action: AuditedAction) => Promise<void>;
}

export function createRoomAuthority(concerts: Pick<Client<typeof ConcertService>, 'authorize'>): RoomAuthority {
  const ask = async (request: Pick<AuthorizeRequest, 'actor' | 'concertId'>, change?: RoomChange & { subject: string }) => {
    const { refusal } = await concerts.authorize({ ...request, ...(change && { change: toMessage(change) }) });
    return refusal && refuse(refusal.code, refusal.detail);
  };
  return {
    look: (actor, concertId) => ask({ actor, concertId }),
    allow: (actor, concertId, change) => ask({ actor, concertId }, { subject: concertId, ...change }),
    record: async ({ actorId, ...change }) => {
      const refusal = await ask({ actor: create(ActorSchema, { userId: actorId, operator: true }), concertId: '' }, change);
      if (refusal) throw new Error(`the audit was refused: ${refusal.code}`);
    },
  };
}

function toMessage({ action, subject, before, after, idempotencyKey = '' }: RoomChange & { subject: string }) {
  return { action, subject, beforeJson: JSON.stringify(before), afterJson: JSON.stringify(after), idempotencyKey };
}
