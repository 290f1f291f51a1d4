import {
  type Context,
  type Counter,
  context,
  type Gauge,
  type Histogram,
  metrics,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import type { RequestHandler } from 'express';

export interface Telemetry {
  /** Answers GET /metrics in the Prometheus text format. */
  metricsHandler: RequestHandler;
  /** Sends what is still buffered. */
  stop: () => Promise<void>;
}

/**
 * Starts tracing and metrics for this process. Without a Zipkin address no span is recorded,
 * yet trace ids are still made and passed on, so that logs can be joined.
 */
export function startTelemetry(options: { service: string; instance: string; zipkinUrl?: string | undefined }): Telemetry {
  const resource = resourceFromAttributes({ 'service.name': options.service, 'service.instance.id': options.instance });
  const exporter = options.zipkinUrl ? new ZipkinExporter({ url: options.zipkinUrl, serviceName: options.service }) : undefined;
  const tracerProvider = new NodeTracerProvider({
    resource,
    sampler: exporter ? new ParentBasedSampler({ root: new AlwaysOnSampler() }) : new AlwaysOffSampler(),
    spanProcessors: exporter ? [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 500 })] : [],
  });
  tracerProvider.register();

  const prometheus = new PrometheusExporter({ preventServerStart: true });
  metrics.setGlobalMeterProvider(new MeterProvider({ resource, readers: [prometheus] }));

  return {
    metricsHandler: (request, response) => {
      prometheus.getMetricsRequestHandler(request, response);
    },
    stop: async () => {
      await tracerProvider.shutdown();
    },
  };
}

/** Counts something that the product cares about, for example `ticketing_holds_total`. Created once per module. */
export function createCounter(name: string, description: string): Pick<Counter, 'add'> {
  let counter: Counter | undefined;
  return {
    // The meter provider is set after modules are loaded, so the instrument is made at first use.
    add: (value, attributes) => {
      counter ??= metrics.getMeter('ticketing').createCounter(name, { description });
      counter.add(value, attributes);
    },
  };
}

/** Notes a number that something has just now, for example the time of its last turn. Created once per module. */
export function createGauge(name: string, description: string): Pick<Gauge, 'record'> {
  let gauge: Gauge | undefined;
  return {
    record: (value, attributes) => {
      gauge ??= metrics.getMeter('ticketing').createGauge(name, { description });
      gauge.record(value, attributes);
    },
  };
}

/** Measures how something is distributed, for example how late it was. Created once per module. @param boundaries upper ends of the buckets */
export function createHistogram(name: string, description: string, boundaries: number[]): Pick<Histogram, 'record'> {
  let histogram: Histogram | undefined;
  return {
    record: (value, attributes) => {
      histogram ??= metrics.getMeter('ticketing').createHistogram(name, { description, advice: { explicitBucketBoundaries: boundaries } });
      histogram.record(value, attributes);
    },
  };
}

/** Reports a number that is read when metrics are scraped. `read` must not wait for anything: a scrape would lose all metrics. */
export function observeGauge(name: string, description: string, read: () => number): void {
  metrics
    .getMeter('ticketing')
    .createObservableGauge(name, { description })
    .addCallback((result) => {
      result.observe(read());
    });
}

/** The same for several series of one name, each with its labels. */
export function observeGauges(
  name: string,
  description: string,
  read: () => { value: number; attributes: Record<string, string> }[],
): void {
  metrics
    .getMeter('ticketing')
    .createObservableGauge(name, { description })
    .addCallback((result) => {
      for (const { value, attributes } of read()) result.observe(value, attributes);
    });
}

/** Headers that carry the current trace to the next process (W3C trace context). */
export function traceHeaders(): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** The trace context that a message or request brought along, without baggage: clients would have us carry it through every call. */
export function contextFrom({ traceparent, tracestate }: Record<string, unknown>): Context {
  return propagation.extract(ROOT_CONTEXT, { traceparent, tracestate });
}

/** The id of the current trace: 32 hex digits, all zero outside of any. */
export function currentTraceId(): string {
  return trace.getActiveSpan()?.spanContext().traceId ?? '0'.repeat(32);
}

/** Runs work inside a span; an exception marks the span as failed and goes on. */
export async function inSpan<T>(
  name: string,
  options: { kind?: SpanKind; parent?: Context; attributes?: Record<string, string | number> },
  work: () => Promise<T>,
): Promise<T> {
  const parent = options.parent ?? context.active();
  const span = trace
    .getTracer('ticketing')
    .startSpan(name, { kind: options.kind ?? SpanKind.INTERNAL, attributes: options.attributes ?? {} }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), work);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

export { SpanKind };
