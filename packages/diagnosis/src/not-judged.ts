import type { Cause } from '@fluidscope/trace-schema';
import type { TelemetryKind } from './causes/cause-rule.js';
import { CAUSE_RULES } from './causes/index.js';
import type { Telemetry } from './telemetry/telemetry.js';

/** A cause that could neither be laid nor ruled out, for want of what it reads. */
export interface NotJudged {
  readonly cause: Cause;
  readonly missing: readonly TelemetryKind[];
}

/** The causes that need a kind of telemetry of which the trace has nothing. */
export function notJudged(telemetry: Telemetry): NotJudged[] {
  return CAUSE_RULES.map(({ cause, reads }) => ({
    cause,
    missing: Object.keys(reads)
      .filter(isKind)
      .filter((kind) => !isThere(kind, telemetry)),
  })).filter(({ missing }) => missing.length > 0);
}

function isKind(name: string): name is TelemetryKind {
  return name in SOURCES;
}

function isThere(kind: TelemetryKind, telemetry: Telemetry): boolean {
  return telemetry[SOURCES[kind]].length > 0;
}

const SOURCES = { gpu: 'gpus', host: 'hosts', server: 'servers', client: 'clients' } as const;
