"""Compares what other programs read of a trace and its exports, value by value.

    python check_exports.py FOLDER

FOLDER has run.duckdb and expected.json (see write-sample-trace.mjs) and the exports run-parquet, run-csv and run-jsonl.
Exits with 1 when any value differs.
"""

import json
import math
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas
import polars

DUCKDB_COMMAND = Path(sys.executable).with_name("duckdb")
PANDAS_TYPES = {"BIGINT": "Int64", "DOUBLE": "Float64", "BOOLEAN": "boolean", "VARCHAR": "string", "JSON": "string"}
POLARS_TYPES = {
    "BIGINT": polars.Int64,
    "DOUBLE": polars.Float64,
    "BOOLEAN": polars.Boolean,
    "VARCHAR": polars.String,
    "JSON": polars.String,
}
# The order of the exports, for views of more than one row.
ORDER = {"requests": "request_index", "chunks": "request_index, seq", "gpu_samples": "t_ns", "host_samples": "t_ns"}


def main(folder):
    expected = json.loads((folder / "expected.json").read_text(encoding="utf8"))
    with duckdb.connect(str(folder / "run.duckdb"), read_only=True) as trace:
        types = {view: dict(trace.execute(f"SELECT column_name, column_type FROM (DESCRIBE {view})").fetchall()) for view in expected}
    failed = False
    for reader, read in READERS.items():
        problems = []
        for view, rows in expected.items():
            problem = difference(rows, read(folder, view, types[view]), types[view], reader)
            problems += [] if problem is None else [f"{view}: {problem}"]
        rows_count = sum(len(rows) for rows in expected.values())
        print(f"{'FAILED' if problems else 'equal '}  {reader:24}  {len(expected)} views, {rows_count} rows")
        print("".join(f"        {problem}\n" for problem in problems), end="")
        failed = failed or bool(problems)
    return 1 if failed else 0


def duckdb_command(source):
    """The command itself, on the trace or on an export."""

    def read(folder, view, columns):
        ordered = f"ORDER BY {ORDER[view]}" if view in ORDER else ""
        sql = f"FROM {source(folder, view, columns)} {ordered}"
        command = [DUCKDB_COMMAND, "-readonly", "-init", "/dev/null", "-json", folder / "run.duckdb", sql]
        printed = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf8").stdout
        return json.loads(printed) if printed.strip() else []

    return read


def csv_source(folder, view, columns):
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    return f"read_csv('{folder}/run-csv/{view}.csv', types = {{{types}}}, allow_quoted_nulls = false)"


def duckdb_package(folder, view, columns):
    with duckdb.connect(str(folder / "run.duckdb"), read_only=True) as trace:
        rows = trace.execute(f"FROM {view} {'ORDER BY ' + ORDER[view] if view in ORDER else ''}").fetchall()
    return [dict(zip(columns, row)) for row in rows]


def pandas_parquet(folder, view, columns):
    frame = pandas.read_parquet(folder / "run-parquet" / f"{view}.parquet", dtype_backend="numpy_nullable")
    require_types(frame.dtypes.astype(str).to_dict(), PANDAS_TYPES, columns)
    return pandas_rows(frame)


def pandas_csv(folder, view, columns):
    types = {name: PANDAS_TYPES[kind] for name, kind in columns.items()}
    return pandas_rows(pandas.read_csv(folder / "run-csv" / f"{view}.csv", dtype=types, keep_default_na=False, na_values=[""]))


def pandas_jsonl(folder, view, columns):
    path = folder / "run-jsonl" / f"{view}.jsonl"
    if path.stat().st_size == 0:
        return []
    return pandas_rows(pandas.read_json(path, lines=True, dtype_backend="numpy_nullable", precise_float=True))


def pandas_rows(frame):
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def polars_parquet(folder, view, columns):
    frame = polars.read_parquet(folder / "run-parquet" / f"{view}.parquet")
    require_types(dict(frame.schema), POLARS_TYPES, columns)
    return frame.to_dicts()


def polars_csv(folder, view, columns):
    schema = {name: POLARS_TYPES[kind] for name, kind in columns.items()}
    return polars.read_csv(folder / "run-csv" / f"{view}.csv", schema=schema).to_dicts()


def polars_jsonl(folder, view, columns):
    path = folder / "run-jsonl" / f"{view}.jsonl"
    return [] if path.stat().st_size == 0 else polars.read_ndjson(path, infer_schema_length=None).to_dicts()


READERS = {
    "duckdb command, trace": duckdb_command(lambda folder, view, columns: view),
    "duckdb command, parquet": duckdb_command(lambda folder, view, columns: f"'{folder}/run-parquet/{view}.parquet'"),
    "duckdb command, csv": duckdb_command(csv_source),
    "duckdb command, jsonl": duckdb_command(lambda folder, view, columns: f"'{folder}/run-jsonl/{view}.jsonl'"),
    "duckdb package, trace": duckdb_package,
    "pandas, parquet": pandas_parquet,
    "pandas, csv": pandas_csv,
    "pandas, jsonl": pandas_jsonl,
    "polars, parquet": polars_parquet,
    "polars, csv": polars_csv,
    "polars, jsonl": polars_jsonl,
}


def require_types(received, table, columns):
    expected = {name: table[kind] for name, kind in columns.items()}
    if received != expected:
        raise AssertionError(f"expected {expected} but received {received}")


def difference(expected, received, columns, reader):
    """What differs first, or None."""
    if len(received) != len(expected):
        return f"expected {len(expected)} rows but received {len(received)}"
    for index, (want, have) in enumerate(zip(expected, received)):
        if set(have) != set(columns):
            return f"row {index}: expected the columns {sorted(columns)} but received {sorted(have)}"
        for column, kind in columns.items():
            if not same(want[column], have[column], kind, reader):
                return f"row {index}, {column}: expected {want[column]!r} but received {have[column]!r}"
    return None


def same(want, have, kind, reader):
    if kind == "JSON":
        return without_nulls(want) == without_nulls(json.loads(have) if isinstance(have, str) else have)
    if have is None or (isinstance(have, float) and math.isnan(have)):
        # pandas cannot tell an empty text from an absent one in CSV.
        return want is None or (want == "" and reader == "pandas, csv")
    if kind == "BIGINT":
        return want is not None and not isinstance(have, float) and int(have) == int(want)
    return have == want


def without_nulls(value):
    """Readers of JSON lines make a key that only some rows have a NULL in the others."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
