import { z } from 'zod';
import type { Sale } from '../../demo/prepare-sale.ts';
import type { TestShop, Visitor } from './test-shop.ts';

const news = z.object({ complete: z.boolean(), version: z.number(), seats: z.array(z.object({ id: z.string(), status: z.string() })) });

/** A seat map as a browser keeps it that follows its events. */
export interface FollowedSeats {
  response: Response;
  /** Statuses by seat id, as far as they were told. */
  seats: Map<string, string>;
  /** How many events had all seats, and how many what had changed. */
  counts: { complete: number; changes: number };
  stop: () => Promise<void>;
}

/** Follows a seat map: everything first, then what changes. */
export async function followSeats({ stack }: TestShop, visitor: Visitor, { performanceId }: Sale): Promise<FollowedSeats> {
  const seats = new Map<string, string>();
  const controller = new AbortController();
  const response = await fetch(`${stack.gatewayUrl}/api/v1/performances/${performanceId}/seats/events`, {
    headers: { authorization: `Bearer ${visitor.token}`, 'x-queue-pass': visitor.pass },
    signal: controller.signal,
  });
  const counts = { complete: 0, changes: 0 };
  const take = (line: string): void => {
    if (!line.startsWith('data: ')) return;
    const told = news.parse(JSON.parse(line.slice('data: '.length)));
    counts[told.complete ? 'complete' : 'changes'] += 1;
    if (told.complete) seats.clear();
    for (const { id, status } of told.seats) seats.set(id, status);
  };
  const read = async (): Promise<void> => {
    let rest = '';
    const decoder = new TextDecoder();
    const chunks: AsyncIterable<Uint8Array> = response.body ?? new ReadableStream<Uint8Array>();
    for await (const chunk of chunks) {
      const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    }
  };
  const reading = read().catch(() => undefined);
  return { response, seats, counts, stop: () => (controller.abort(), reading) };
}
