import { fileURLToPath } from 'node:url';

/** The Python that has nvidia-ml-py, and what installs it: those of the benches of the whole. */
export const VENV_PYTHON = fileURLToPath(
  new URL('../../../test/perf/.cache/venv/bin/python', import.meta.url),
);
export const SET_UP_PYTHON = fileURLToPath(new URL('../../../test/perf/set-up-python.mjs', import.meta.url));
