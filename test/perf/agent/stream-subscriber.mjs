import { connectAgent, encodeFrame } from '@fluidscope/telemetry-link';

/**
 * Reads all of an agent's stream and counts: samples, frames, what their frames took on the wire (coding is deterministic, so coding them
 * again tells), and what is missing: the link accounts for every number of the stream.
 */
export async function subscribe(url) {
  const seen = { samplesCount: 0, frameBytes: 0, framesCount: 0, lostCount: 0 };
  const link = connectAgent(url.replace('http', 'ws'), {
    runClock: { nowNs: () => Number(process.hrtime.bigint()) },
    onRecords(columns) {
      seen.samplesCount += columns.length;
      seen.framesCount += 1;
      // One in ten: coding every frame twice would load the machine that is measured.
      if (seen.framesCount % 10 !== 0) return;
      seen.codedSamplesCount = (seen.codedSamplesCount ?? 0) + columns.length;
      seen.frameBytes += encodeFrame(
        { seq: seen.framesCount, coversFrom: seen.framesCount, columns },
        0n,
      ).length;
    },
    onLoss({ count = 1 }) {
      seen.lostCount += count;
    },
    onEvent() {},
    onProbe() {},
    onState() {},
  });
  await link.ready;
  return { seen, close: () => link.close() };
}
