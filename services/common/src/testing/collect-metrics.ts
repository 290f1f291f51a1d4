import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

/**
 * Collects the metrics of this test file from now on; called before anything is measured.
 * @returns reads the value that a counter or gauge has now with exactly these attributes, or how many values a histogram has; undefined when it was never measured
 */
export function collectMetrics(): (name: string, attributes?: Record<string, string>) => Promise<number | undefined> {
  const reader = new PrometheusExporter({ preventServerStart: true });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  return async (name, attributes = {}) => {
    const { resourceMetrics } = await reader.collect();
    const measured = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics).find(({ descriptor }) => descriptor.name === name);
    const point = measured?.dataPoints.find((candidate) => isSame(candidate.attributes, attributes));
    return typeof point?.value === 'object' ? point.value.count : point?.value;
  };
}

function isSame(attributes: Readonly<Record<string, unknown>>, wanted: Record<string, string>): boolean {
  return (
    Object.keys(attributes).length === Object.keys(wanted).length &&
    Object.entries(wanted).every(([key, value]) => attributes[key] === value)
  );
}
