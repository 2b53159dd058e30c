import { readFileSync } from 'node:fs';

const AT_PAGESZ = 6n;
const ENTRY_BYTES = 16;
const USUAL_PAGE_BYTES = 4096;

/** This machine's page size, from what the kernel told this process at its start: 64 KiB on Grace, 4 KiB nearly everywhere else. */
export function readPageBytes(): number {
  try {
    return pageBytesOf(readFileSync('/proc/self/auxv')) ?? USUAL_PAGE_BYTES;
  } catch {
    return USUAL_PAGE_BYTES;
  }
}

/** `auxv`: pairs of 64-bit words, kind and value. */
export function pageBytesOf(auxv: Buffer): number | undefined {
  for (let at = 0; at + ENTRY_BYTES <= auxv.length; at += ENTRY_BYTES) {
    if (auxv.readBigUInt64LE(at) === AT_PAGESZ) return Number(auxv.readBigUInt64LE(at + 8));
  }
  return undefined;
}
