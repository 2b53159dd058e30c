import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** @typedef {{ writeNs: number; writtenNs: number; dueNs: number }} TokenWrite CLOCK_MONOTONIC; exact to 104 days of uptime */

/**
 * The server's writes by `responseId,tokenIndex`.
 *
 * @param {string} path what `fluidscope sim --truth` wrote
 * @returns {Promise<Map<string, TokenWrite>>}
 */
export async function readTruth(path) {
  const writes = new Map();
  for await (const [responseId, tokenIndex, writeNs, writtenNs, dueNs] of csvRows(path)) {
    if (responseId === 'response_id') continue;
    writes.set(`${responseId},${tokenIndex}`, {
      writeNs: Number(writeNs),
      writtenNs: Number(writtenNs),
      dueNs: Number(dueNs),
    });
  }
  return writes;
}

/** @param {string} path @returns {AsyncIterable<readonly string[]>} */
export async function* csvRows(path) {
  for await (const line of createInterface(createReadStream(path))) yield line.split(',');
}
