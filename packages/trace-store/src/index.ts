export { createTraceWriter, type TraceWriterOptions } from './create-trace-writer.js';
export { exportTrace, type ExportedFile, type ExportOptions, type ExportProgress } from './export-trace.js';
export { EXPORT_FORMATS, type ExportFormat } from './export-view.js';
export { openTraceReader } from './open-trace-reader.js';
export { recordEpisodes, type DiagnosedEpisodes } from './record-episodes.js';
export { TRACE_VIEW_NAMES } from './schema.js';
