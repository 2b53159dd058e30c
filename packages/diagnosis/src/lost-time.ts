import type { Loss } from '@fluidscope/trace-schema';
import { mergedSpans, totalNs } from './spans.js';
import type { Telemetry } from './telemetry/telemetry.js';

/** What one source should have given and did not. */
export interface LostTime {
  readonly sourceId: string;
  readonly lossesCount: number;
  /** Each moment once. */
  readonly lostNs: number;
  readonly reasons: readonly string[];
}

/** In order of source. */
export function lostTimes(losses: readonly Loss[]): LostTime[] {
  const bySource = new Map<string, Loss[]>();
  for (const loss of losses) {
    const known = bySource.get(loss.source);
    if (known === undefined) bySource.set(loss.source, [loss]);
    else known.push(loss);
  }
  return [...bySource]
    .map(([sourceId, ofSource]) => ({
      sourceId,
      lossesCount: ofSource.length,
      lostNs: totalNs(mergedSpans(ofSource)),
      reasons: [...new Set(ofSource.map(({ reason }) => reason))],
    }))
    .sort((a, b) => (a.sourceId < b.sourceId ? -1 : 1));
}

/** How far the samples of a GPU or host may lie from their stated time. */
export interface ClockBound {
  readonly sourceId: string;
  readonly largestNs: number;
}

/** Of every source of an agent that has a sample. */
export function clockBounds({ gpus, hosts }: Telemetry): ClockBound[] {
  return [...gpus, ...hosts].map((source) => {
    let largestNs = 0;
    for (const metric of source.metrics)
      for (const boundNs of source.line(metric)?.boundsNs ?? []) if (boundNs > largestNs) largestNs = boundNs;
    return { sourceId: source.sourceId, largestNs };
  });
}
