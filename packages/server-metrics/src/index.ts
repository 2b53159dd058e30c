export { parsePrometheusText, type PrometheusPage, type PrometheusSample } from './prometheus-text.js';
export { readServerMetrics, type ServerMetricsReading } from './read-server-metrics.js';
export { SERVER_METRICS, type ServerMetric, type ServingEngine } from './server-metric.js';
