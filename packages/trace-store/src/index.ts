export { createTraceWriter, type TraceWriterOptions } from './create-trace-writer.js';
export { openTraceReader } from './open-trace-reader.js';
