import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { fetchRelease, gatewayApiVersion } from './gateway-api.ts';
import { moduleSources } from './go-modules.ts';
import { traefikVersion } from './traefik-binary.ts';

const text = 'kind: CustomResourceDefinition\n';
const sha256 = createHash('sha256').update(text).digest('hex');
const never = new AbortController().signal;

let server: Server;
let origin: string;
beforeAll(async () => {
  server = createServer(({ url }, response) => response.writeHead(url === '/release.yaml' ? 200 : 404).end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${z.object({ port: z.number() }).parse(server.address()).port}`;
});
afterAll(() => {
  server.close();
});

describe('a release', () => {
  it('is taken when it has its hash', async () => {
    expect(await fetchRelease({ url: `${origin}/release.yaml`, sha256 }, never)).toBe(text);
  });

  it('is refused when it has another', async () => {
    const other = fetchRelease({ url: `${origin}/release.yaml`, sha256: 'f'.repeat(64) }, never);
    await expect(other).rejects.toThrow(`release.yaml has the SHA-256 ${sha256}, not ffff`);
  });

  it.each([() => `${origin}/missing.yaml`, () => 'http://127.0.0.1:1/release.yaml'])('leaves it to Go where it is not', async (url) => {
    expect(await fetchRelease({ url: url(), sha256 }, never)).toBeUndefined();
  });
});

it('is in the versions that are built of Go modules as well', () => {
  const modules = readFileSync(`${moduleSources}/go.mod`, 'utf8');
  expect(modules).toContain(`github.com/traefik/traefik/v3 ${traefikVersion}\n`);
  expect(modules).toContain(`sigs.k8s.io/gateway-api ${gatewayApiVersion}\n`);
});
