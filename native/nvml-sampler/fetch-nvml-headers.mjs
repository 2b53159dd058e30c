// Fetches NVIDIA's nvml.h of CUDA 12 and 13 from PyPI into .cache, for the test that compares declarations. Needs pip and the network.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const WHEELS = { cuda12: 'nvidia-nvml-dev-cu12==12.9.79', cuda13: 'nvidia-nvml-dev==13.4.92' };
const unpack =
  'import glob, sys, zipfile; zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]).extractall(sys.argv[1])';

for (const [name, wheel] of Object.entries(WHEELS)) {
  const folder = fileURLToPath(new URL(`.cache/nvml-headers/${name}`, import.meta.url));
  mkdirSync(folder, { recursive: true });
  run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, wheel]);
  run('python3', ['-c', unpack, folder]);
}

function run(program, args) {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
}
