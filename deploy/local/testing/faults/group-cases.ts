import { type ApiReply, problemCode } from '../../client/api-client.ts';
import { paymentShape, reservationShape } from '../../client/shapes.ts';
import type { FaultCase } from './fault-case.ts';
import { openSale, seatIds, type Visitor } from './visitors.ts';

/** What came of an order: the seat that is held and the code of a refused payment. */
interface Order {
  wanted: string;
  held: string | undefined;
  paidFor: string | undefined;
  reservation: string;
  refusal: string | undefined;
}

/** All hold at once and then all pay at once, so that they share invocations and transactions. */
const ownAnswers: FaultCase = {
  name: 'thirty hold and pay at once, and ten of them have no points',
  kind: 'race',
  ci: true,
  run: async (shop) => {
    const { sale, visitors } = await openSale(shop, 40);
    const [rich, poor] = [await visitors(20), await visitors(10, 0)];
    const people = rich.flatMap((visitor, index) => (index % 2 === 0 ? [visitor, ...poor.slice(index / 2, index / 2 + 1)] : [visitor]));
    const seats = await seatIds(sale, people[0] ?? raise('nobody was let in'));
    const holds = await Promise.all(people.map((visitor, index) => visitor.hold(sale.performanceId, visitor.pass, [seats[index] ?? ''])));
    const paid = await Promise.all(people.map((visitor, index) => visitor.pay(idOf(holds[index]))));
    const orders = people.map((_visitor, index) => describe(seats[index] ?? '', holds[index], paid[index]));
    orders.forEach((order, index) => check(order, poor.includes(people[index] as Visitor)));
    return '30 holds of the seats that were asked for, 20 payments, 10 refused';
  },
};

function raise(message: string): never {
  throw new Error(message);
}

function idOf(reply: ApiReply | undefined): string {
  return reservationShape.parse(reply?.body).id;
}

function describe(wanted: string, hold: ApiReply | undefined, payment: ApiReply | undefined): Order {
  const reservation = reservationShape.parse(hold?.body);
  return {
    wanted,
    held: reservation.seats[0]?.id,
    reservation: reservation.id,
    paidFor: paymentShape.safeParse(payment?.body).data?.reservationId,
    refusal: payment && problemCode(payment),
  };
}

function check(order: Order, isPoor: boolean): void {
  const isRight = order.held === order.wanted && (isPoor ? order.refusal === 'insufficient-points' : order.paidFor === order.reservation);
  if (!isRight) throw new Error(`${isPoor ? 'without' : 'with'} points: ${JSON.stringify(order)}`);
}

export const groupCases: FaultCase[] = [ownAnswers];
