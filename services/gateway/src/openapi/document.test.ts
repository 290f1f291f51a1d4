import { describe, expect, it } from '@jest/globals';
import { routes } from '../app.ts';
import { createApiDocument } from './document.ts';

const document = createApiDocument(routes);
const text = JSON.stringify(document);

describe('API document', () => {
  it('has an operation with a name of its own for every route', () => {
    const operations = Object.values(document.paths ?? {}).flatMap((path) =>
      Object.values(path as Record<string, { operationId: string }>),
    );
    expect(operations.length).toBe(routes.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(routes.length);
  });

  it('refers only to schemas that it has', () => {
    const named = new Set(Object.keys(document.components?.schemas ?? {}));
    const used = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name);
    expect(used.filter((name) => name === undefined || !named.has(name))).toEqual([]);
    for (const name of ['Concert', 'Reservation', 'QueueToken', 'Payment', 'Ticket', 'Problem']) expect(named).toContain(name);
  });

  it('says what a request to hold seats needs', () => {
    const operation = document.paths?.['/api/v1/reservations']?.post;
    expect(operation?.security).toEqual([
      { accessToken: [], queuePass: [] },
      { browserSession: [], queuePass: [] },
    ]);
    expect(operation?.parameters).toMatchObject([{ name: 'Idempotency-Key', in: 'header', required: true }]);
    expect(Object.keys(operation?.responses ?? {})).toEqual([
      '201',
      '400',
      '401',
      '403',
      '404',
      '409',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ]);
  });

  it('is the same every time', () => {
    expect(JSON.stringify(createApiDocument(routes))).toBe(text);
  });
});
