import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary, newId } from '@ticketing/common/database';
import { canonicalEmail } from '@ticketing/contracts/email-address';
import {
  ProofPurpose,
  type RequestProofRequest,
  type RequestProofResponseSchema,
} from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import type { Purpose } from './address-proofs.ts';

const purposes: Partial<Record<ProofPurpose, Purpose>> = { [ProofPurpose.RESET]: 'RESET', [ProofPurpose.VERIFY]: 'VERIFY' };

/**
 * Writes down that a token is to be sent to an address. Whether the address is an account's is looked at by `sendProofs`, for which nobody
 * waits: here everything is the same for all addresses.
 */
export async function requestProof(
  { db, proofSender }: Pick<Context, 'db' | 'proofSender'>,
  { purpose, of }: RequestProofRequest,
): Promise<MessageInitShape<typeof RequestProofResponseSchema>> {
  const wanted = purposes[purpose];
  if (wanted === undefined || of.case === undefined) throw new Error('the request says neither what for nor for whom');
  const address = of.case === 'email' ? (canonicalEmail(of.value) ?? '') : null;
  const accountId = of.case === 'userId' ? idToBinary(of.value) : null;
  await db.execute('INSERT INTO proof_requests (id, purpose, address, account_id) VALUES (?, ?, ?, ?)', [
    idToBinary(newId()),
    wanted,
    address,
    accountId,
  ]);
  proofSender.wake();
  return {};
}
