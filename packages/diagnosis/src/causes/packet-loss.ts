import { weightedMean, type Episode } from '../episodes.js';
import type { Stall } from '../stalls.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Observation } from './cause-rule.js';
import { deliveryOf } from './delivery-pattern.js';
import { deliveredLate } from './observations.js';
import { oncePerEngine } from './once-per-engine.js';

/**
 * Mechanism: a segment is lost and sent again after the retransmission timeout, 200 ms at least on Linux and twice as long each time; all behind it waits.
 * Reads: stalls of that length on some streams, whose tokens come at once afterwards; segments that the server's host sent again; segments that came out
 * of order at the client's own sockets, as those behind a lost one do.
 * Ruled out by: counters of segments sent again that stand still at the server's end; stalls of all streams at once; chunks that take as long to fill. What the client itself sent again says
 * nothing: that is the way of requests, not of tokens.
 */
export const PACKET_LOSS: CauseRule = {
  cause: 'packet_loss',
  order: 'transport',
  highestConfidence: 0.95,
  reads: { host: ['tcp_retransmits_count'] },
  helpedBy: { client: ['tcp_out_of_order_count'] },
  advice:
    'Look at the network between client and server: errors and drops of the interfaces, a full queue, an overlong path.',
  judge(episode, context) {
    const quantumRatio =
      weightedMean(episode.stalls, (stall) => (isTimeout(stall, context) && !isFullChunk(stall) ? 1 : 0)) ??
      0;
    if (quantumRatio < LEAST_QUANTUM_RATIO || endTogether(episode, context)) return [];
    const loss = lossWithin(episode, context);
    if (episode.phase === 'first_token' && loss?.isSeen !== true) return [];
    const counts = loss === undefined ? [] : [loss.observation];
    return [
      {
        cause: 'packet_loss',
        sourceId: loss?.sourceId,
        tier: loss?.isSeen === true ? 'A' : 'B',
        explainedRatio: 1,
        observations: [
          { name: 'timeout_quantum_ratio', value: quantumRatio, logLikelihoodRatio: 1 },
          ...(episode.phase === 'decode' ? [caughtUp(episode, context)] : []),
          ...counts,
        ],
        coverageRatio: loss?.coverageRatio ?? 1,
        evidence: `waits of a retransmission timeout (200 ms, or twice that) on ${new Set(episode.stalls.map(({ stream }) => stream)).size} of ${episode.decodingStreamsCount} streams${loss?.isSeen === true ? `, while ${loss.text}` : ''}`,
      },
    ];
  },
};

const LEAST_QUANTUM_RATIO = 0.5;
const TIMEOUT_NS = 200_000_000;
const MOST_DOUBLINGS = 3;
/** The wait begins before the token that is missed, and ends with a round trip. */
const [SHORTER_NS, LONGER_NS] = [15_000_000, 60_000_000];
/** What a first token usually takes is known less well than a gap. */
const FIRST_TOKEN_SHORTER_NS = 60_000_000;

/** Whether it lasted as long as a timeout does, or two at once. */
function isTimeout(
  { excessNs, expected, phase, stream, chunkIndex }: Stall,
  context: DiagnosisContext,
): boolean {
  const waitedNs =
    phase === 'decode' ? excessNs + expected.medianNs : firstWaitNs(stream) - usualFirstWaitNs(context);
  if (chunkIndex === 0 && phase === 'decode') return false;
  const shorterNs = phase === 'decode' ? SHORTER_NS : FIRST_TOKEN_SHORTER_NS;
  for (let doublings = 0; doublings < MOST_DOUBLINGS; doublings += 1) {
    const timeoutNs = TIMEOUT_NS * 2 ** doublings;
    if (waitedNs >= timeoutNs - shorterNs && waitedNs <= timeoutNs + LONGER_NS) return true;
  }
  return false;
}

/** A chunk of so many tokens takes about as long as a timeout to fill. */
function isFullChunk(stall: Stall): boolean {
  const { pattern, explainedRatio } = deliveryOf(stall);
  return pattern === 'coalesced' && explainedRatio === 1;
}

const usualFirstWaitNs = oncePerEngine(({ streams }) => {
  const waits = streams.map(firstWaitNs).sort((a, b) => a - b);
  return waits[waits.length >> 1] ?? 0;
});

function firstWaitNs({ sentNs, timings }: Stall['stream']): number {
  return (timings.arrivalsNs[0] ?? NaN) - sentNs;
}

/**
 * That what was held up came at once, unless the stream stalled again right away: of the segments behind a lost one another may be lost, and what is
 * behind that waits for its own timeout.
 */
function caughtUp(episode: Episode, { decodeStalls, usualGap }: DiagnosisContext): Observation {
  const observation = deliveredLate(episode);
  const againRatio = weightedMean(episode.stalls, ({ stream, endNs }) =>
    decodeStalls
      .ofStream(stream)
      .some(
        (other) =>
          other.startNs >= endNs && other.startNs - endNs <= STALLED_AGAIN_GAPS_COUNT * usualGap.medianNs,
      )
      ? 1
      : 0,
  );
  return (againRatio ?? 0) >= LEAST_QUANTUM_RATIO
    ? { ...observation, logLikelihoodRatio: Math.max(0, observation.logLikelihoodRatio) }
    : observation;
}

const STALLED_AGAIN_GAPS_COUNT = 3;

/** Whether most streams' stalls ended in one step, as they do when an engine or a writing process stood still. */
function endTogether({ phase, stalls, decodingStreamsCount }: Episode, context: DiagnosisContext): boolean {
  if (phase === 'first_token' || decodingStreamsCount < FEWEST_STREAMS_COUNT) return false;
  const toleranceNs = SAME_STEP_RATIO * context.usualGap.medianNs;
  return stalls.some(({ endNs }) => {
    const together = context.decodeStalls.streamsEndedWithin(endNs - toleranceNs, endNs + toleranceNs);
    return together.size >= LEAST_TOGETHER_RATIO * decodingStreamsCount;
  });
}

const FEWEST_STREAMS_COUNT = 3;
const SAME_STEP_RATIO = 0.5;
const LEAST_TOGETHER_RATIO = 0.6;

/** What one end saw of lost segments about an episode. */
interface SeenLoss {
  readonly sourceId: string;
  readonly isSeen: boolean;
  readonly coverageRatio: number;
  readonly observation: Observation;
  readonly text: string;
}

/** By whichever end saw any, else by the server's, which sends what is lost; `undefined` where nobody looked. */
function lossWithin({ startNs, endNs }: Episode, { telemetry }: DiagnosisContext): SeenLoss | undefined {
  const ends = [
    ...telemetry.hosts.flatMap((host) => resentBy(host, startNs, endNs)),
    ...telemetry.clients.flatMap((client) => outOfOrderAt(client, startNs, endNs)),
  ];
  return ends.find(({ isSeen }) => isSeen) ?? ends[0];
}

function resentBy(host: MetricSource, startNs: number, endNs: number): SeenLoss[] {
  const line = host.line('tcp_retransmits_count');
  const grown = line?.growthOver(startNs, endNs);
  if (line === undefined || grown === undefined) return [];
  const isSeen = grown.growth > 0;
  return [
    {
      sourceId: host.sourceId,
      isSeen,
      coverageRatio: line.coverageRatio(startNs, endNs),
      observation: {
        name: 'segments_sent_again_count',
        value: grown.growth,
        logLikelihoodRatio: isSeen ? 2.5 : -5,
      },
      text: 'segments were sent again',
    },
  ];
}

/** Each sample counts what came since the one before. Nothing may have been behind a lost segment: that none came out of order says less. */
function outOfOrderAt(client: MetricSource, startNs: number, endNs: number): SeenLoss[] {
  const line = client.line('tcp_out_of_order_count');
  if (line === undefined) return [];
  const [from, to] = [line.indexAt(startNs) + 1, line.indexAt(endNs) + 1];
  const counts = line.values.slice(from, to + 1);
  if (counts.length === 0) return [];
  const value = counts.reduce((sum, count) => sum + count, 0);
  return [
    {
      sourceId: client.sourceId,
      isSeen: value > 0,
      coverageRatio: line.coverageRatio(startNs, endNs),
      observation: {
        name: 'segments_out_of_order_count',
        value,
        logLikelihoodRatio: value > 0 ? 2.5 : -3,
      },
      text: 'segments came out of order at the client: one before them was lost on the way',
    },
  ];
}
