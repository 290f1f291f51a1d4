import { describe, expect, it } from '@jest/globals';
import { context } from '@opentelemetry/api';
import { contextFrom, startTelemetry, traceHeaders } from './telemetry.ts';

describe('what a request brings along', () => {
  it('is passed on as far as it names the trace; nobody’s baggage is carried', async () => {
    const telemetry = startTelemetry({ service: 'test', instance: 'test' });
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const brought = { traceparent, tracestate: 'vendor=1', baggage: `account=${'x'.repeat(4_000)}`, 'x-other': '1' };
    expect(context.with(contextFrom(brought), traceHeaders)).toEqual({ traceparent, tracestate: 'vendor=1' });
    await telemetry.stop();
  });
});
