import type { LiveRunAbout } from '@fluidscope/live-view';
import { startLive, type RunningLive } from '../server/start-live.js';
import type { LiveOptions } from '../server/live-options.js';

const FEED_MS = 50;
const STREAMS_COUNT = 40;
const MS = 1e6;

export const RUN: LiveRunAbout = {
  run_id: '0a1b2c3d',
  model: 'a model',
  url: 'http://127.0.0.1:8000',
  ttft_deadline_ns: 500 * MS,
  tbt_deadline_ns: 60 * MS,
  has_own_ttft_deadlines: false,
};

export interface FedLive extends AsyncDisposable {
  readonly live: RunningLive;
}

/**
 * A live page whose run is made up: 40 streams of a token each 50 ms, of which every eighth stalls for 300 ms now and then, and one that
 * fails. The page neither knows nor cares; what reaches it is what a run's records are.
 */
export async function startFedLive(options: Partial<LiveOptions> = {}): Promise<FedLive> {
  const zeroMonoNs = process.hrtime.bigint();
  const live = await startLive({
    listen: { host: '127.0.0.1', port: 0 },
    agentUrls: [],
    run: RUN,
    zeroMonoNs,
    ...options,
  });
  const timer = setInterval(() => feed(live, Number(process.hrtime.bigint() - zeroMonoNs)), FEED_MS);
  let fedCount = 0;
  function feed({ run }: RunningLive, nowNs: number): void {
    if (run === undefined) return;
    if (fedCount === 0) {
      const streams = Array.from({ length: STREAMS_COUNT }, (_, requestIndex) => requestIndex);
      run.addStarts(streams.map((requestIndex) => ({ requestIndex, isWarmup: false, intendedNs: nowNs })));
      run.addEnds([{ requestIndex: 39, status: 'error', errorCode: 'reset', endedNs: nowNs + MS }]);
    }
    const stallsNow = fedCount % 20 >= 14;
    const given = Array.from({ length: STREAMS_COUNT - 1 }, (_, requestIndex) => requestIndex).filter(
      (requestIndex) => !(stallsNow && requestIndex % 8 === 0),
    );
    run.addChunks({
      length: given.length,
      requestIndex: Uint32Array.from(given),
      arrivalNs: new Float64Array(given.length).fill(nowNs),
      tokenCount: new Uint32Array(given.length).fill(1),
    });
    fedCount += 1;
  }
  return {
    live,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await live.close();
    },
  };
}
