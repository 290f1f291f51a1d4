/**
 * Adds up the samples of a metric that have these labels, as a service or a sidecar tells them now; 0 when there is none.
 * @param port where `/metrics` answers: the port of a service, or the metrics port of a sidecar
 */
export async function readMetric(port: number, metric: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const wanted = Object.entries(labels).map(([name, value]) => `,${name}="${value}",`);
  let sum = 0;
  for (const line of text.split('\n')) {
    const [, name, present = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (name === metric && wanted.every((label) => `,${present},`.includes(label))) sum += Number(value);
  }
  return sum;
}
