import { enter, expectOf, setting, signIn, thresholds } from './shop.ts';

export const options = { thresholds };

/** A person waits for the pass and goes home with it, so that the next one is called. */
export default async function waitForPass(): Promise<void> {
  const concertId = setting('CONCERT');
  const token = await signIn();
  if ((await enter(token, concertId)) === undefined) return;
  await expectOf([204], 'leave', 'DELETE', `/queue/tokens/${concertId}`, { token });
}
