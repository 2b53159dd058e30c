export { createDmonReader, createPmonReader, parseDmon, parsePmon } from './dmon.js';
export type { SmiLineReader } from './line-reader.js';
export type { SmiUnit } from './quantity.js';
export { createQueryCsvReader, parseQueryCsv, type QueryCsvOptions } from './query-csv.js';
export { chooseQueryFields, queryArguments, type QueryChoice } from './query-fields.js';
export { parseQueryXml, type SmiXml } from './query-xml.js';
export { SMI_METRICS, type SmiMetric } from './smi-metrics.js';
export type { SmiGpu, SmiProblem, SmiReading, SmiRecord, SmiText, SmiUnavailable } from './smi-record.js';
