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
  seats: 20_000,
  seatsPerPerson: 4,

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
