import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from '@jest/globals';
import { JoinQueueResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { ProofPurpose, RequestProofResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

let gateway: RunningGateway | undefined;
afterEach(() => gateway?.stop());

async function open() {
  const asked: unknown[] = [];
  gateway = await startGateway({
    user: {
      requestProof: ({ purpose, of }) => {
        asked.push([purpose, of.case, of.value]);
        return create(RequestProofResponseSchema);
      },
    },
    queue: {
      joinQueue: ({ verified }) => {
        asked.push(verified);
        return create(JoinQueueResponseSchema, { result: { case: 'refusal', value: { code: 'address-not-verified' } } });
      },
    },
  });
  const { url, accessToken } = gateway;
  const post = async (path: string, token: string | undefined, body?: unknown) => {
    const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }), 'content-type': 'application/json' };
    const reply = await fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return [reply.status, await reply.text()];
  };
  return { asked, post, accessToken };
}

describe('a token for an address', () => {
  const email = 'fan@example.com';

  it('is asked for by whoever names the address, logged in or not', async () => {
    const { asked, post, accessToken } = await open();
    for (const token of [undefined, 'nonsense', await accessToken(ids.fan)]) {
      expect(await post('/email-verifications', token, { email })).toEqual([202, '']);
    }
    expect(asked).toEqual([1, 2, 3].map(() => [ProofPurpose.VERIFY, 'email', email]));
    expect(await post('/password-resets', undefined, { email })).toEqual([202, '']);
    expect(asked[3]).toEqual([ProofPurpose.RESET, 'email', email]);
  });

  it('is for the own account where none is named, which needs a log-in', async () => {
    const { asked, post, accessToken } = await open();
    for (const body of [undefined, {}]) expect((await post('/email-verifications', await accessToken(ids.fan), body))[0]).toBe(202);
    expect(asked).toEqual([1, 2].map(() => [ProofPurpose.VERIFY, 'userId', ids.fan]));
    for (const token of [undefined, 'nonsense']) expect((await post('/email-verifications', token))[0]).toBe(401);
    expect(asked).toHaveLength(2);
  });
});

describe('the queue', () => {
  it('is told who has verified', async () => {
    const { asked, post, accessToken } = await open();
    const tokens = [{}, { sessionId: ids.session }, { sessionId: ids.session, verified: true }];
    for (const token of tokens) {
      expect((await post('/queue/tokens', await accessToken(ids.fan, ['fan'], token), { concertId: ids.concert }))[0]).toBe(403);
    }
    expect(asked).toEqual([false, false, true]);
  });
});
