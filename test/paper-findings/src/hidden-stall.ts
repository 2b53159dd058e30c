import type { ScoredRequest } from '@fluidscope/metrics';
import { durationNs } from '@fluidscope/units';
import { CHUNKED_512, measuredDeadlines, serve, type Served } from './serve.js';

/** Two ways of serving the same requests, with the same time per output token. */
export interface HiddenStall {
  /** Every token a little late. */
  readonly even: StalledRun;
  /** Every token in time, but for one pause of the engine. */
  readonly stalled: StalledRun;
}

export interface StalledRun {
  readonly tpotP50Ns: number;
  readonly tbtP99Ns: number;
  readonly fluidityIndex: number;
  readonly decodeFluidityIndex: number;
  /** Of one request: seconds since its first token, by token. */
  readonly tokenTimesS: readonly number[];
}

const REQUESTS_COUNT = 16;
const OUTPUT_TOKENS = 500;
/** 40 tokens a second; the engine gives some 58. */
export const TBT_DEADLINE_NS = durationNs(25_000_000);
export const PAUSE_NS = 2e9;
const PAUSE_AFTER_INDEX = 60;
/** The pause, cut into pieces so short that each token is still in time, takes as long in all. */
export const PIECES_COUNT = 400;

/** A pause of the engine in one piece, and the same in 400: the time per output token cannot tell them apart. */
export function hiddenStall(seed: number): HiddenStall {
  const rule = measuredDeadlines();
  const requests = Array.from({ length: REQUESTS_COUNT }, () => ({
    promptTokens: 100,
    outputTokens: OUTPUT_TOKENS,
    atNs: 0,
  }));
  const served = (pauseAfterNs: (iterationIndex: number) => number): StalledRun =>
    runOf(serve(requests, CHUNKED_512, { rule, tbtDeadlineNs: TBT_DEADLINE_NS, seed, pauseAfterNs }));
  return {
    stalled: served((index) => (index === PAUSE_AFTER_INDEX ? PAUSE_NS : 0)),
    even: served((index) =>
      index >= PAUSE_AFTER_INDEX && index < PAUSE_AFTER_INDEX + PIECES_COUNT ? PAUSE_NS / PIECES_COUNT : 0,
    ),
  };
}

function runOf({ scored, run }: Served): StalledRun {
  return {
    tpotP50Ns: run.tpotMeanNs?.p50 ?? NaN,
    tbtP99Ns: run.tbtNs?.p99 ?? NaN,
    fluidityIndex: run.fluidityIndex?.mean ?? NaN,
    decodeFluidityIndex: run.decodeFluidityIndex?.mean ?? NaN,
    tokenTimesS: tokenTimesS(scored[0]),
  };
}

function tokenTimesS(request: ScoredRequest | undefined): readonly number[] {
  const arrivalsNs = [...(request?.timings.arrivalsNs ?? [])];
  return arrivalsNs.map((arrivalNs) => (arrivalNs - (arrivalsNs[0] ?? NaN)) / 1e9);
}
