import { describe, expect, it } from '@jest/globals';
import { routes } from '../app.ts';

const administration = routes.map(({ spec }) => spec).filter(({ path }) => path.startsWith('/api/v1/admin/'));

describe('a route of administrators', () => {
  it.each(administration)('$method $path needs a role, or an account at the gate', ({ access, tag, path }) => {
    const isOfGate = tag === 'Gate' && !path.includes('/gate-staff');
    expect(access.needs).toBe(isOfGate ? 'gate' : 'role');
  });

  it.each(administration.filter(({ method }) => method === 'post'))('$path takes an Idempotency-Key that may be left out', ({ input }) => {
    expect(input.idempotencyKey?.safeParse(undefined)).toEqual({ success: true, data: '' });
    expect(input.idempotencyKey?.safeParse('order-1')).toEqual({ success: true, data: 'order-1' });
  });
});
