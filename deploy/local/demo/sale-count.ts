import { openWitnessDatabase } from '@ticketing/common/witness/witness-databases';
import type { StackDescription } from '../stack-description.ts';
import type { Counts } from './tally.ts';

/** What the databases say about one performance. */
export interface SaleCount {
  seats: number;
  sold: number;
  ticketed: number;
  seatsOnTwoTickets: number;
  /** KRW of the sold seats' prices, of the completed payments and of the ledger's sales account. */
  priced: number;
  paid: number;
  booked: number;
  proven: boolean;
}

export async function countSale(stack: StackDescription, performanceId: string): Promise<SaleCount> {
  const { host, port, witness, owners } = stack.database;
  const open = (database: string) => openWitnessDatabase({ host, port, ...witness, database });
  const [reservations, payments] = await Promise.all([open(owners.reservation.database), open(owners.payment.database)]);
  const id = `UNHEX('${performanceId.replaceAll('-', '')}')`;
  const number = async (database: typeof reservations, sql: string): Promise<number> =>
    Number(Object.values((await database.rows(sql))[0] ?? {})[0]);
  const goodTickets = `tickets t JOIN reservations r ON r.id = t.reservation_id WHERE r.performance_id = ${id} AND t.live_seat_id IS NOT NULL`;
  const completed = `payments WHERE performance_id = ${id} AND status = 'COMPLETED'`;
  try {
    const count = {
      seats: await number(reservations, `SELECT COUNT(*) FROM seats WHERE performance_id = ${id}`),
      sold: await number(reservations, `SELECT COUNT(*) FROM seats WHERE performance_id = ${id} AND status = 'SOLD'`),
      ticketed: await number(reservations, `SELECT COUNT(DISTINCT t.seat_id) FROM ${goodTickets}`),
      seatsOnTwoTickets: await number(reservations, `SELECT COUNT(*) - COUNT(DISTINCT t.seat_id) FROM ${goodTickets}`),
      priced: await number(reservations, `SELECT COALESCE(SUM(price), 0) FROM seats WHERE performance_id = ${id} AND status = 'SOLD'`),
      paid: await number(payments, `SELECT COALESCE(SUM(amount), 0) FROM ${completed}`),
      booked: await number(
        payments,
        `SELECT COALESCE(SUM(amount), 0) FROM ledger_entries WHERE account = 'SALES' AND kind = 'PAYMENT' AND reference IN (SELECT id FROM ${completed})`,
      ),
    };
    return { ...count, proven: holds(count) };
  } finally {
    await Promise.all([reservations.close(), payments.close()]);
  }
}

function holds(count: Omit<SaleCount, 'proven'>): boolean {
  const seatsAgree = count.sold === count.ticketed && count.seatsOnTwoTickets === 0 && count.sold <= count.seats;
  return seatsAgree && count.priced === count.paid && count.paid === count.booked;
}

export function describeSale(count: SaleCount, counts: Counts): string {
  const won = (amount: number): string => `₩${amount.toLocaleString('en')}`;
  return [
    `  sold       ${count.sold} of ${count.seats} seats`,
    `  ticketed   ${count.ticketed} seats, ${count.seatsOnTwoTickets} of them twice`,
    `  buyers saw ${counts.seatsPaid} tickets in ${counts.paid} payments, ${counts.refused} refused holds, ${counts.wentHome} went home`,
    `  money      seats ${won(count.priced)} = payments ${won(count.paid)} = ledger ${won(count.booked)}`,
  ].join('\n');
}
