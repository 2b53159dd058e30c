#!/usr/bin/env bash
# Sets up a real engine, a real model and a peer client under .cache/ (once, about 15 minutes and 2 GiB), then measures and
# checks. Arguments go to the measuring program; --no-peer leaves AIPerf out, its set-up too. With the word faults before them,
# faults are made for real and diagnosed instead; with the word launch, Fluidscope starts and stops the engine itself.
set -euo pipefail
cd "$(dirname "$0")"

if ! python3 -c 'import sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
  echo "test:real was not run: it needs python3 >= 3.10 with its venv module on the PATH" >&2
  exit 4
fi

# install FOLDER REQUIREMENTS: again only when the requirements have changed.
install() {
  if ! cmp -s "$2" ".cache/$1/installed.txt"; then
    echo "test:real: installing $2 into .cache/$1 ..." >&2
    python3 -m venv ".cache/$1"
    ".cache/$1/bin/pip" install --quiet --disable-pip-version-check -r "$2"
    cp "$2" ".cache/$1/installed.txt"
  fi
}

mkdir -p .cache
# Only the server is wanted of llama.cpp, without a web page that its build would download.
export CMAKE_ARGS="-DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_USE_PREBUILT_UI=OFF"
install engine requirements-engine.txt
if [[ ${1:-} == launch ]]; then
  exec .cache/engine/bin/python -m real_engine.launch "${@:2}"
fi
if [[ ${1:-} == prefill ]]; then
  exec .cache/engine/bin/python -m real_engine.prefill "${@:2}"
fi
if [[ ${1:-} == faults ]]; then
  exec .cache/engine/bin/python -m real_engine.diagnosis "${@:2}"
fi
if [[ ${1:-} == capacity ]]; then
  exec .cache/engine/bin/python -m real_engine.capacity "${@:2}"
fi
[[ " $* " == *" --no-peer "* ]] || install aiperf requirements-aiperf.txt
exec .cache/engine/bin/python -m real_engine "$@"
