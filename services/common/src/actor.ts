import type { Actor } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';

/** The account that makes the request. @throws Error when the caller did not name one */
export function actorOf(request: { actor?: Actor | undefined }): Actor {
  if (!request.actor?.userId) throw new Error('the request names no actor');
  return request.actor;
}
