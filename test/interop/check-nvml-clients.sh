#!/usr/bin/env bash
# Runs nvidia-ml-py, nvitop and gpustat against the simulated NVML with known GPUs, as several drivers, and compares what they show.
# Installs them into .cache/ once, from PyPI, pinned.
set -euo pipefail
cd "$(dirname "$0")"

if ! python3 -c 'import venv' 2>/dev/null; then
  echo "NVML clients were not checked: that needs python3 with its venv module on the PATH" >&2
  exit 4
fi
if [ ! -e ../../native/nvml-sim/build/Release/595/libnvidia-ml.so.1 ]; then
  echo "NVML clients were not checked: the simulated NVML is not built (npm run build, with CMake and a C++ compiler on the PATH)" >&2
  exit 4
fi
if ! cmp -s requirements-nvml.txt .cache/nvml/installed.txt; then
  echo "interop: installing requirements-nvml.txt into .cache/nvml ..." >&2
  python3 -m venv .cache/nvml
  .cache/nvml/bin/pip install --quiet --disable-pip-version-check -r requirements-nvml.txt
  cp requirements-nvml.txt .cache/nvml/installed.txt
fi
.cache/nvml/bin/python check_nvml_clients.py ../../native/nvml-sim/build/Release
