import type { z } from 'zod';
import type { TestShop } from './test-shop.ts';

/** An event stream as a browser reads it. */
export interface EventReader<T> {
  status: number;
  /** The data of the next event; undefined when the stream has ended. Heartbeats are passed over. */
  next: () => Promise<T | undefined>;
  /** Reads on until an event fits. @throws Error when the stream ends first */
  until: (fits: (data: T) => boolean) => Promise<T>;
  close: () => Promise<void>;
}

/** Opens a stream of the public API. @param path below /api/v1 */
export async function openEvents<S extends z.ZodType>(
  { stack }: TestShop,
  path: string,
  schema: S,
  headers: Record<string, string>,
): Promise<EventReader<z.infer<S>>> {
  const response = await fetch(`${stack.gatewayUrl}/api/v1${path}`, { headers });
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!chunks) throw new Error('the stream has no body');
  let text = '';
  const next = async (): Promise<z.infer<S> | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data !== undefined) return schema.parse(JSON.parse(data));
        continue;
      }
      const { value, done } = await chunks.read();
      if (done) return undefined;
      text += value;
    }
  };
  return {
    status: response.status,
    next,
    until: async (fits) => {
      for (;;) {
        const data = await next();
        if (data === undefined) throw new Error('the stream has ended');
        if (fits(data)) return data;
      }
    },
    close: () => chunks.cancel(),
  };
}
