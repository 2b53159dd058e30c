/**
 * What of a command's CPU time lies between the first token and the last, and what before and after it, linear between two samples.
 *
 * @param {{ cpuUs: number; samples: readonly { monoNs: number; cpuUs: number }[] }} usage
 * @param {readonly { stampNs: number }[]} stamps
 * @returns {{ beforeUs: number; loadUs: number; afterUs: number }}
 */
export function splitCpu({ cpuUs, samples }, stamps) {
  let [firstNs, lastNs] = [Infinity, -Infinity];
  for (const { stampNs } of stamps) {
    firstNs = Math.min(firstNs, stampNs);
    lastNs = Math.max(lastNs, stampNs);
  }
  const beforeUs = cpuAt(samples, firstNs);
  const afterUs = cpuUs - cpuAt(samples, lastNs);
  return { beforeUs, loadUs: cpuUs - beforeUs - afterUs, afterUs };
}

/** @param {readonly { monoNs: number; cpuUs: number }[]} samples @param {number} monoNs */
function cpuAt(samples, monoNs) {
  const index = samples.findIndex((sample) => sample.monoNs >= monoNs);
  const [before, after] = [samples[index - 1], samples[index]];
  if (before === undefined || after === undefined) {
    throw new Error(`Expected a sample of CPU time on either side of ${monoNs} ns`);
  }
  const share = (monoNs - before.monoNs) / (after.monoNs - before.monoNs);
  return before.cpuUs + share * (after.cpuUs - before.cpuUs);
}
