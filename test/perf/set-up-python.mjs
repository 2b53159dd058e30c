// Installs what the Python clients need into .cache/venv, once. Where that cannot be done it says so and succeeds: the bench
// runner then shows those clients as not run.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VENV_PYTHON } from './venv-python.mjs';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const venv = fileURLToPath(new URL('.cache/venv', import.meta.url));
const installed = `${venv}/installed.txt`;

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exited with ${status}`}`);
}

function isInstalled() {
  return existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(requirements, 'utf8');
}

if (!isInstalled()) {
  try {
    run('python3', '-m', 'venv', venv);
    run(VENV_PYTHON, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements);
    copyFileSync(requirements, installed);
  } catch (failure) {
    console.error(`The Python clients will not run: ${failure.message}`);
  }
}
