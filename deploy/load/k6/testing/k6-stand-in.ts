/** Stands in for the modules of k6 where scripts are tried by Jest: one person at a time, and no more of k6 than they use. */

/** How often each check held and failed, since the last `takeChecks`. */
const checks = new Map<string, { passes: number; fails: number }>();

export function takeChecks(): Record<string, { passes: number; fails: number }> {
  const taken = Object.fromEntries(checks);
  checks.clear();
  return taken;
}

export function check<T>(value: T, conditions: Readonly<Record<string, (value: T) => boolean>>): boolean {
  return Object.entries(conditions).every(([name, holds]) => {
    const count = checks.get(name) ?? { passes: 0, fails: 0 };
    const held = holds(value);
    checks.set(name, held ? { ...count, passes: count.passes + 1 } : { ...count, fails: count.fails + 1 });
    return held;
  });
}

/** As in k6, nothing else goes on meanwhile. */
export function sleep(seconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1_000);
}

interface Params {
  headers: Readonly<Record<string, string>>;
}

async function asyncRequest(method: string, url: string, body: string | null, { headers }: Params): Promise<object> {
  const response = await fetch(url, { method, body, headers });
  const text = await response.text();
  return { status: response.status, json: (selector: string) => select(JSON.parse(text), selector.split('.')) };
}

function select(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  return typeof value === 'object' && value !== null ? select(new Map(Object.entries(value)).get(name), rest) : undefined;
}

// k6/http is used by its default export, as in k6.
export default { asyncRequest };
