import type { Actor } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';

/** Who asks. @throws Error when the caller did not say, because nobody may do anything then */
export function actorOf(request: { actor?: Actor | undefined }): Actor {
  if (!request.actor?.userId) throw new Error('the request names no actor');
  return request.actor;
}
