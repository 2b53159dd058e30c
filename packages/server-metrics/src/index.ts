export { parseEngineLog, type ParsedEngineLog } from './engine-log/parse-engine-log.js';
export { placeEngineLog, type EngineLogFrame, type PlacedEngineLog } from './engine-log/place-engine-log.js';
export { withEngineLog } from './engine-log/with-engine-log.js';
export { parsePrometheusText, type PrometheusPage, type PrometheusSample } from './prometheus-text.js';
export { readServerMetrics, type ServerMetricsReading } from './read-server-metrics.js';
export { SERVER_METRICS, type ServerMetric, type ServingEngine } from './server-metric.js';
