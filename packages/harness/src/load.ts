import type { RunNs } from '@fluidscope/units';
import type { LoadTally } from './load-tally.js';
import type { LoadStage } from './progress-snapshot.js';
import type { RecentValues } from './recent-values.js';
import type { RunWarning } from './run-result.js';

/** A load being driven: in this thread, or in several. Everything a supervisor must see of it. */
export interface Load {
  /** Drives the load to its end, and resolves when its last record is made. Never rejects: it fails its `RunStop`. */
  run(): Promise<void>;
  /** As it stands now. */
  tally(): LoadTally;
  /** What its sums do not tell. */
  warnings(): readonly RunWarning[];
  /** First tokens' times, the latest ones. */
  readonly recentTtftsNs: RecentValues;
}

/** Called when the load enters a stage; `atNs` of `warmup` and `measured` is the zero of that stage's schedule. */
export type OnStage = (stage: LoadStage, atNs: RunNs) => void;

/** How many first tokens the live percentiles are over. */
export const RECENT_TTFTS_COUNT = 512;
