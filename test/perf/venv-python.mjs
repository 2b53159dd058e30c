import { fileURLToPath } from 'node:url';

/** The Python that has aiohttp and httpx; there once `set-up-python.mjs` has run. */
export const VENV_PYTHON = fileURLToPath(new URL('.cache/venv/bin/python', import.meta.url));
