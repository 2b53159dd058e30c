import { parseDuration } from '@fluidscope/units';
import type { ArrivalStage } from './spec.js';

/** What was wrong with a text, as the end of a sentence: "expected … but received …". */
export interface TextProblem {
  readonly problem: string;
}

const RATE = String.raw`(\d+(?:\.\d+)?|\.\d+)\s*(?:rps|\/s)`;
const STAGE = new RegExp(String.raw`^${RATE}(?:\s+to\s+${RATE})?\s+for\s+(.+)$`);

/**
 * Reads `10rps for 30s, 20rps for 30s`; a ramp is `10rps to 50rps for 1m`, an idle time `0rps for 5s`, and `/s` may
 * stand for `rps`. Times take units as in `parseDuration`. Never throws; the first problem found is returned.
 */
export function parseArrivalStages(text: string): readonly ArrivalStage[] | TextProblem {
  const stages: ArrivalStage[] = [];
  for (const part of text.split(',')) {
    const stage = parseStage(part.trim());
    if ('problem' in stage) return stage;
    stages.push(stage);
  }
  return stages;
}

function parseStage(text: string): ArrivalStage | TextProblem {
  const [, from, to, length] = STAGE.exec(text) ?? [];
  if (from === undefined || length === undefined) {
    return {
      problem: `expected a stage such as "10rps for 30s" or "10rps to 50rps for 1m" but received "${text}"`,
    };
  }
  const durationNs = parseDuration(length);
  if (typeof durationNs === 'object') return durationNs;
  return { fromRatePerS: Number(from), toRatePerS: Number(to ?? from), durationNs };
}
