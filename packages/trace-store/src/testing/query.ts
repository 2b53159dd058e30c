import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';

/** Rows of a query on a closed trace, by a DuckDB that knows nothing of this package and attaches it as `trace`. */
export async function query(path: string, sql: string): Promise<readonly Record<string, DuckDBValue>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`ATTACH '${path}' AS trace (READ_ONLY); USE trace`);
    return (await connection.runAndReadAll(sql)).getRowObjects();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
