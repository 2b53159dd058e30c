#!/usr/bin/env bash
# Writes a trace, exports it in every format with the built command, and compares what other programs read of it with what was
# written. Installs those programs into .cache/ once, from PyPI, pinned.
set -euo pipefail
cd "$(dirname "$0")"

if ! python3 -c 'import venv' 2>/dev/null; then
  echo "interop was not checked: it needs python3 with its venv module on the PATH" >&2
  exit 4
fi

# install FOLDER REQUIREMENTS: again only when the requirements have changed.
install() {
  if ! cmp -s "$2" ".cache/$1/installed.txt"; then
    echo "interop: installing $2 into .cache/$1 ..." >&2
    python3 -m venv ".cache/$1"
    ".cache/$1/bin/pip" install --quiet --disable-pip-version-check -r "$2"
    cp "$2" ".cache/$1/installed.txt"
  fi
}

install readers requirements.txt
rm -rf .cache/sample
mkdir -p .cache/sample
node write-sample-trace.mjs .cache/sample
for format in parquet csv jsonl; do
  node ../../apps/cli/bin/fluidscope.js export .cache/sample/run.duckdb --format "$format" -o ".cache/sample/run-$format" >/dev/null
done

for format in perfetto aiperf; do
  node ../../apps/cli/bin/fluidscope.js export .cache/sample/run.duckdb --format "$format" -o ".cache/sample/run-$format" --quiet >/dev/null
done

failed=0
.cache/readers/bin/python check_perfetto.py .cache/sample/run-perfetto/trace.pftrace --processor || failed=1
aiperf=../real/.cache/aiperf/bin/python
if [ -x "$aiperf" ]; then
  "$aiperf" check_aiperf.py .cache/sample/run-aiperf || failed=1
else
  echo "not checked: AIPerf, which npm run test:real installs" >&2
fi
.cache/readers/bin/python check_exports.py .cache/sample || failed=1
.cache/readers/bin/python check_examples.py .cache/sample || failed=1
if install oldest requirements-oldest.txt; then
  .cache/oldest/bin/python check_oldest.py .cache/sample || failed=1
else
  echo "not checked: the oldest DuckDB of the documentation, for it cannot be installed with this Python" >&2
fi
exit "$failed"
