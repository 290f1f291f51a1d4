import type { StackDescription } from '../local/stack-description.ts';
import type { Task } from './closed-loop.ts';
import { cpuByProcess, loadGenerator } from './cpu-time.ts';
import { type Measured, measureLoad, perItem } from './measure-load.ts';
import type { SqlSales } from './sql-sale.ts';

const seconds = 20;
export const sqlConnections = 32;

/** How sales are sent to the database: one by one, or in group commits. */
export interface SqlWay {
  name: string;
  groupSize: number;
  connections: number;
  sales: number;
}

export const sqlWays: readonly SqlWay[] = [
  { name: 'SQL of a sale, 32 connections', groupSize: 1, connections: sqlConnections, sales: 4_000 },
  { name: 'SQL in groups of 4, 2 connections', groupSize: 4, connections: 2, sales: 6_000 },
  { name: 'SQL in groups of 16, 2 connections', groupSize: 16, connections: 2, sales: 16_000 },
  { name: 'SQL in groups of 64, 2 connections', groupSize: 64, connections: 2, sales: 32_000 },
];

/** Measures one way; of the stack, the CPU time of the database counts. */
export async function measureSqlWay(stack: StackDescription, sql: SqlSales, way: SqlWay, signal: AbortSignal): Promise<Measured> {
  const sales = await sql.prepare(way.sales);
  const groups = Array.from({ length: Math.ceil(sales.length / way.groupSize) }, (_, group) =>
    sales.slice(group * way.groupSize, (group + 1) * way.groupSize),
  );
  const tasks = groups.map<Task>((group) => async () => {
    await sql.sell(group);
    return undefined;
  });
  const bounds = { url: stack.gatewayUrl, connections: way.connections, seconds, most: Infinity, signal };
  const counted = [stack.database.process, loadGenerator];
  const cpu = () => new Map([...cpuByProcess(stack.profile)].filter(([name]) => counted.includes(name)));
  return perItem(await measureLoad(tasks.values(), bounds, { cpu }), way.groupSize);
}
