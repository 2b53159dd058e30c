import type {
  AgentsOptions,
  LoadClientSettings,
  LoadSettings,
  PrefixTokenCounts,
  StampSourceChoice,
} from '@fluidscope/harness';
import type { RequestTerm } from '@fluidscope/slo';
import type { RecordedPrefill, RecordedPrices } from '@fluidscope/trace-schema';
import type { DatasetRow, TokenCounter, WorkloadSpec } from '@fluidscope/workload';
import type { LiveServerConfig } from '../live/live-server.js';
import type { LaunchPlan } from '../launch/launch-flags.js';
import type { RecordedEngine } from '../launch/recorded-engine.js';
import type { SeriesPlan } from '../series/series-flags.js';
import type { ForeignFormat } from '../export/foreign-formats.js';
import type { EndpointConfig } from './endpoint-flags.js';
import type { PublishedMetricsConfig } from './published-metrics.js';
import type { ServingReplica } from './replica-flags.js';

/** A run, read and checked: everything that flags, environment and files said. */
export interface RunConfig {
  readonly endpoint: EndpointConfig;
  readonly client: LoadClientSettings;
  readonly stampSource: StampSourceChoice;
  readonly settings: LoadSettings;
  readonly workload: WorkloadSpec;
  readonly dataset: LoadedDataset | undefined;
  readonly tokenCounter: TokenCounter;
  /** Counts the tokens of answers; `undefined` without a tokenizer. */
  readonly prefixTokenCounts: PrefixTokenCounts | undefined;
  readonly tokenizerPath: string | undefined;
  readonly workersCount: number;
  /** Metrics pages of serving engines, recorded beside the load. */
  readonly serverMetricsUrls: readonly URL[];
  /** The serving engine's log, read after the load; that of a launched engine is known without. */
  readonly engineLogPath: string | undefined;
  readonly agents: AgentsConfig;
  /** Empty: nothing is known of which of the agents' GPUs serve. */
  readonly replicas: readonly ServingReplica[];
  readonly publishedMetrics: PublishedMetricsConfig;
  /** The live page to serve while it goes. */
  readonly livePage: LiveServerConfig | undefined;
  /** What the run is also written as, once it has ended. */
  readonly exportFormat: ForeignFormat | undefined;
  /** The engine to start for the run, which is then its endpoint. */
  readonly launch: LaunchPlan | undefined;
  /** That engine once it serves. */
  readonly launchedEngine: RecordedEngine | undefined;
  /** Runs again and again, each as this says. */
  readonly series: SeriesPlan | undefined;
  readonly slo: readonly RequestTerm[];
  readonly goodputText: string | undefined;
  /** Where first-token deadlines by prompt length come from; `undefined`: one deadline for all. */
  readonly prefillProfile: RecordedPrefill | undefined;
  readonly prices: RecordedPrices | undefined;
}

/** The agents to record beside the load, and how they are reached. */
export interface AgentsConfig extends AgentsOptions {
  readonly urls: readonly string[];
}

export interface LoadedDataset {
  readonly source: { readonly path: string; readonly format: string; readonly sha256: string };
  /** Entries of the file that are no request, such as ShareGPT conversations without an answer. */
  readonly skippedCount: number;
  readonly rows: readonly DatasetRow[];
}
