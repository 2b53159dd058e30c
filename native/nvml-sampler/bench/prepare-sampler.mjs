// Compiles the bare loop, and the fake library unless FLUIDSCOPE_NVML_LIBRARY names another, under the name that pynvml looks for, and installs pynvml.
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SET_UP_PYTHON } from './venv-python.mjs';

const { BENCH_DIR: folder, CXX: compiler = 'c++', FLUIDSCOPE_NVML_LIBRARY: given } = process.env;
const core = fileURLToPath(new URL('../src/core/', import.meta.url));
const library = `${folder}/libnvidia-ml.so.1`;

spawnSync(process.execPath, [SET_UP_PYTHON], { stdio: 'inherit' });
compile(
  '-o',
  `${folder}/bare-loop`,
  `${core}session.cc`,
  `${core}metric-name.cc`,
  fileURLToPath(new URL('bare-loop.cc', import.meta.url)),
);
if (given === undefined) compile('-shared', '-fPIC', '-o', library, `${core}testing/fake-nvml.cc`);
else symlinkSync(given, library);

function compile(...args) {
  const { status } = spawnSync(compiler, ['-std=c++17', '-O2', '-pthread', ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${compiler} failed`);
}
