/** Version of the tables and views of a trace file. A reader refuses a newer one and reads every older one. */
export const TRACE_SCHEMA_VERSION = 2;
