import { readFileSync } from 'node:fs';

/** A small file made by hand, true to the shape that its tool writes. */
export function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
}
