import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = [
  process.env['FLUIDSCOPE_CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** A Chromium of this machine (`FLUIDSCOPE_CHROMIUM` names another); `undefined` where there is none, and a line says so. */
export const CHROMIUM_PATH = PLACES.find((path) => path !== '' && existsSync(path));

if (CHROMIUM_PATH === undefined)
  console.warn(
    'No Chromium was found: the tests of the page in a browser do not run. FLUIDSCOPE_CHROMIUM names one.',
  );

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(CHROMIUM_PATH === undefined ? {} : { executablePath: CHROMIUM_PATH }),
    // Tests may run as root, where the sandbox cannot; the pages are our own.
    args: ['--no-sandbox'],
  });
}
