"""Reads every view of a trace with the oldest DuckDB that the documentation promises.

    python check_oldest.py FOLDER
"""

import json
import sys
from pathlib import Path

import duckdb

folder = Path(sys.argv[1])
expected = json.loads((folder / "expected.json").read_text(encoding="utf8"))
with duckdb.connect(str(folder / "run.duckdb"), read_only=True) as trace:
    for view, rows in expected.items():
        count = len(trace.execute(f"SELECT * FROM {view}").fetchall())
        if count != len(rows):
            sys.exit(f"FAILED  duckdb {duckdb.__version__}: {view} has {count} rows, expected {len(rows)}")
print(f"equal   duckdb {duckdb.__version__}, trace: row counts of {len(expected)} views")
