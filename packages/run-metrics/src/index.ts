export { serveMetrics, type MetricsPage } from './metrics-page.js';
export { observedWriter } from './observed-writer.js';
export { OtlpPush, type OtlpPushOptions } from './otlp-push.js';
export { RunMetrics, type MeasuredEndpoint } from './run-metrics.js';
