import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idFromBinary } from '@ticketing/common/database';
import { refuse } from '@ticketing/common/refusal';
import { shownEmail } from '@ticketing/contracts/email-address';
import type { UserSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Account } from '../db/account.ts';

/** The account as others see it: without its password. */
export function toUser({ id, email, name, roles, locale, verified, createdAt }: Account): MessageInitShape<typeof UserSchema> {
  return { id: idFromBinary(id), email: shownEmail(email), name, roles, locale, verified, createdAt: timestampFromDate(createdAt) };
}

export const noSuchUser = refuse('user-not-found', 'There is no such account.');
