/** The largest of everything that a client sends and a service checks again. Texts are counted in characters (code points). */
export const limits = {
  personName: 100,
  /** Bytes of an address as it is kept. */
  email: 254,
  password: 128,

  title: 200,
  artist: 200,
  description: 5_000,
  venueName: 120,
  city: 80,

  sections: 50,
  sectionName: 64,
  rows: 500,
  seatsPerRow: 500,
  /** Of one performance: its seat map, its inventory's transaction and each instance's memory are made for so many. */
  seats: 50_000,
  seatsPerPerson: 4,

  /** Of a seat plan. */
  categories: 50,
  categoryName: 64,
  planSections: 200,
  /** Of all sections together. */
  planRows: 10_000,
  rowLabel: 10,
  seatNumber: 9_999,
  coordinate: 1_000_000,
  outlinePoints: 100,
  /** Of its JSON, which is carried by one event: half of what the broker takes. */
  planBytes: 512 * 1_024,
  /** Seats that are kept for guests at a time. */
  blockedSeats: 500,

  /** People in the shop of one concert at a time: what is kept of them must fit into one record of the state store. */
  roomCapacity: 100_000,

  /** Accounts at the gate of one performance. */
  gateStaff: 200,
  gateName: 64,
  nonce: 64,
  /** Scans of a gate that was offline, in one request. */
  scans: 500,

  /** Of one account. */
  webhooks: 10,
  webhookUrl: 2_048,

  /** KRW. */
  price: 10_000_000,
  charge: 10_000_000,
} as const;
