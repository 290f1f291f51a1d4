/** Seat maps of the demonstration data; prices in KRW. */
export const seatPlans = {
  /** 2,000 seats. */
  arena: [
    { name: 'VIP', rows: 10, seatsPerRow: 20, price: 198_000 },
    { name: 'R', rows: 20, seatsPerRow: 30, price: 165_000 },
    { name: 'S', rows: 20, seatsPerRow: 35, price: 132_000 },
    { name: 'A', rows: 20, seatsPerRow: 25, price: 99_000 },
  ],
  /** 1,000 seats. */
  hall: [
    { name: 'VIP', rows: 5, seatsPerRow: 20, price: 176_000 },
    { name: '1층 R', rows: 15, seatsPerRow: 24, price: 143_000 },
    { name: '2층 S', rows: 12, seatsPerRow: 25, price: 110_000 },
    { name: '3층 A', rows: 10, seatsPerRow: 24, price: 77_000 },
  ],
  /** 480 seats. */
  concertHall: [
    { name: 'R', rows: 8, seatsPerRow: 20, price: 120_000 },
    { name: 'S', rows: 8, seatsPerRow: 20, price: 90_000 },
    { name: 'A', rows: 5, seatsPerRow: 20, price: 60_000 },
    { name: '합창석', rows: 3, seatsPerRow: 20, price: 40_000 },
  ],
  /** 600 seats. */
  abroad: [
    { name: 'Floor', rows: 10, seatsPerRow: 20, price: 210_000 },
    { name: 'Lower Bowl', rows: 10, seatsPerRow: 25, price: 160_000 },
    { name: 'Upper Bowl', rows: 6, seatsPerRow: 25, price: 95_000 },
  ],
  /** 200 seats. */
  club: [
    { name: '스탠딩', rows: 10, seatsPerRow: 12, price: 66_000 },
    { name: '지정석', rows: 8, seatsPerRow: 10, price: 77_000 },
  ],
  /** 40 seats. */
  salon: [{ name: '전석', rows: 5, seatsPerRow: 8, price: 88_000 }],
} as const;

export type SeatPlan = keyof typeof seatPlans;
