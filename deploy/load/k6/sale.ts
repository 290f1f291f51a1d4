import { enter, expectOf, setting, signIn, thresholds } from './shop.ts';

export const options = { thresholds };

/** A person comes from the street and buys a ticket, or comes too late. */
export default async function buyTicket(): Promise<void> {
  const concertId = setting('CONCERT');
  const token = await signIn();
  const pass = await enter(token, concertId);
  if (pass === undefined) return;
  const dates = await expectOf([200], 'performances', 'GET', `/concerts/${concertId}/performances?available=true`);
  const performanceId = String(dates.json('items.0.id'));
  const held = await expectOf([201], 'hold', 'POST', '/reservations', { token, pass, body: { performanceId, quantity: 1 } });
  await expectOf([201], 'charge', 'POST', '/points/charges', { token, body: { amount: Number(held.json('amount')) } });
  const reservationId = String(held.json('id'));
  const paid = await expectOf([201], 'pay', 'POST', '/payments', { token, pass, body: { reservationId } });
  await expectOf([200], 'ticket', 'GET', `/tickets/${String(paid.json('tickets.0.id'))}`, { token });
}
