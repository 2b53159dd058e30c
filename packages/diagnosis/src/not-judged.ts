import type { Cause } from '@fluidscope/trace-schema';
import type { TelemetryKind } from './causes/cause-rule.js';
import { CAUSE_RULES } from './causes/index.js';
import type { Telemetry } from './telemetry/telemetry.js';

/** What a cause can be judged by. */
export type EvidenceKind = TelemetryKind | 'engine_log';

/** A cause that could neither be laid nor ruled out, for want of what it reads. */
export interface NotJudged {
  readonly cause: Cause;
  /** `engine_log`: that alone would do, too. */
  readonly missing: readonly EvidenceKind[];
}

/** The causes that need a kind of telemetry of which the trace has nothing, and that no engine's log shows instead. */
export function notJudged(telemetry: Telemetry): NotJudged[] {
  const hasLog = telemetry.events.some(({ source }) => source.startsWith(ENGINE_LOG_SOURCE));
  const gone = missingKinds(telemetry);
  return CAUSE_RULES.flatMap(({ cause, reads, shownByLog }): NotJudged[] => {
    const missing = Object.keys(reads)
      .filter(isKind)
      .filter((kind) => gone.includes(kind));
    if (missing.length === 0 || (shownByLog && hasLog)) return [];
    return [{ cause, missing: shownByLog ? [...missing, 'engine_log'] : missing }];
  });
}

/** As events of an engine's log are recorded. */
const ENGINE_LOG_SOURCE = 'engine-log:';

/** Kinds of telemetry that a trace has nothing of. */
export function missingKinds(telemetry: Telemetry): TelemetryKind[] {
  return Object.keys(SOURCES)
    .filter(isKind)
    .filter((kind) => telemetry[SOURCES[kind]].length === 0);
}

function isKind(name: string): name is TelemetryKind {
  return name in SOURCES;
}

const SOURCES = { gpu: 'gpus', host: 'hosts', server: 'servers', client: 'clients' } as const;
