import { fileURLToPath } from 'node:url';

/** The Python that has aiohttp, httpx and nvidia-ml-py; there once `set-up-python.mjs` has run. */
export const VENV_PYTHON = fileURLToPath(new URL('.cache/venv/bin/python', import.meta.url));
