// Compiles the bare loop to compare with and the fake library, puts the simulated NVML under the name that pynvml looks for, and installs pynvml.
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import '../set-up-python.mjs';
import { simulatedLibrary } from './simulated-library.mjs';

const { BENCH_DIR: folder, CXX: compiler = 'c++' } = process.env;
const sampler = fileURLToPath(new URL('../../../native/nvml-sampler/', import.meta.url));

symlinkSync(simulatedLibrary(), `${folder}/libnvidia-ml.so.1`);
compile('-shared', '-fPIC', '-o', `${folder}/fake-nvml.so`, `${sampler}src/core/testing/fake-nvml.cc`);
compile(
  '-o',
  `${folder}/bare-loop`,
  `${sampler}src/core/session.cc`,
  `${sampler}src/core/metric-name.cc`,
  `${sampler}bench/bare-loop.cc`,
);

function compile(...args) {
  const { status } = spawnSync(compiler, ['-std=c++17', '-O2', '-pthread', ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${compiler} failed`);
}
