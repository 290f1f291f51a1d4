import { expect } from '@jest/globals';
import type { ApiReply } from '../../client/api-client.ts';
import { problemShape } from './api-shapes.ts';

/** Expects a problem+json with everything in it, and nothing about the inside. */
export function expectRefusal(reply: ApiReply, status: number, code: string): void {
  expect([reply.status, reply.body]).toEqual([status, expect.objectContaining({ code, status })]);
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  problemShape.parse(reply.body);
  expect(JSON.stringify(reply.body)).not.toMatch(/ER_[A-Z]|SELECT|node_modules|at \w+ \(|errorCode/);
}
