import { type SeatPlan, seatPlan } from '../seat-plan.ts';

const tiers = [
  { name: '1F', blocks: 16, radius: 300, rows: 24, category: 'R' },
  { name: '2F', blocks: 20, radius: 500, rows: 26, category: 'S' },
  { name: '3F', blocks: 24, radius: 710, rows: 19, category: 'A' },
];
// In tenths of a metre.
const [seatWidth, rowDepth] = [5, 8];

type Section = SeatPlan['sections'][number];

/** An arena as they are built: blocks on the floor, and three tiers of curved rows around it that grow towards the back. */
export function arenaPlan(): SeatPlan {
  return seatPlan.parse({
    stage: {
      label: 'Stage',
      outline: [
        [-90, -280],
        [90, -280],
        [90, -220],
        [-90, -220],
      ],
    },
    categories: [
      { name: 'VIP', price: 198_000, color: '#7a1fa2' },
      { name: 'R', price: 165_000, color: '#c2185b' },
      { name: 'S', price: 132_000, color: '#1565c0' },
      { name: 'A', price: 99_000, color: '#2e7d32' },
    ],
    sections: [...floor(), ...tiers.flatMap((tier) => Array.from({ length: tier.blocks }, (_, block) => tierBlock(tier, block)))],
  });
}

function floor(): Section[] {
  return Array.from({ length: 12 }, (_, block) => {
    const [x, y] = [-210 + (block % 4) * 108, -190 + Math.floor(block / 4) * 160];
    const rows = Array.from({ length: 18 }, (_row, index) => ({
      ...{ label: String(index + 1), x, y: y + index * rowDepth, dx: seatWidth, dy: 0, first: 1, count: 20, category: 'VIP' },
      ...(index === 17 && { attributes: { wheelchair: [1, 3], companion: [2, 4] } }),
    }));
    return { name: `F${block + 1}`, rows };
  });
}

/** A sector of the ring: its rows bend around the middle of the hall, and its seats are as far apart in each of them. */
function tierBlock({ name, blocks, radius, rows, category }: (typeof tiers)[number], block: number): Section {
  const middle = ((block + 0.5) * 2 * Math.PI) / blocks;
  const [dx, dy] = [round(-seatWidth * Math.sin(middle)), round(seatWidth * Math.cos(middle))];
  return {
    name: `${name} ${block + 1}`,
    rows: Array.from({ length: rows }, (_, index) => {
      const r = radius + index * rowDepth;
      const count = Math.floor((0.92 * r * 2 * Math.PI) / blocks / seatWidth);
      const half = ((count - 1) * seatWidth) / 2;
      const inward = Math.sqrt(r * r - half * half);
      const [x, y] = [inward * Math.cos(middle) - ((count - 1) / 2) * dx, inward * Math.sin(middle) - ((count - 1) / 2) * dy];
      const place = { x: Math.round(x), y: Math.round(y), dx, dy, bend: Math.round(inward - r) };
      return { label: String(index + 1), ...place, first: 1, count, category };
    }),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}
