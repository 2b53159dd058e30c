import { openTraceReader } from '@fluidscope/trace-store';

/**
 * Every token's stamp in a trace whose chunks carry one token each.
 *
 * @param {string} trace
 * @returns {Promise<{ token: string; stampNs: number; boundNs: number }[]>} `token` is `responseId,tokenIndex`
 */
export async function readTraceStamps(trace) {
  const reader = await openTraceReader(trace);
  const { startedMonoNs } = await reader.run();
  const responseIds = (await reader.requests()).map(({ responseId }) => responseId);
  const tokenCounts = new Uint32Array(responseIds.length);
  const stamps = [];
  for await (const { length, requestIndex, tokenCount, arrivalNs, errorNs } of reader.chunks()) {
    for (let row = 0; row < length; row += 1) {
      if (tokenCount[row] === 0) continue;
      const request = requestIndex[row];
      stamps.push({
        token: `${responseIds[request]},${tokenCounts[request]}`,
        stampNs: Number(startedMonoNs) + arrivalNs[row],
        boundNs: errorNs[row],
      });
      tokenCounts[request] += 1;
    }
  }
  await reader.close();
  return stamps;
}
