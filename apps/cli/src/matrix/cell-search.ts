import type { CliContext } from '../cli-context.js';
import type { LaunchPlan } from '../launch/launch-flags.js';
import type { ServedEngine } from '../launch/with-engine.js';
import type { CellAnswer } from './cell-answer.js';

/** Port: how one cell's capacity is searched. */
export interface CellSearch {
  /** Reads a cell's flags of `fluidscope capacity`; throws a `UsageError` that names each wrong one. Starts nothing. */
  prepare(args: readonly string[], env: CliContext['env']): Promise<PreparedCell>;
}

export interface PreparedCell {
  readonly launch: LaunchPlan | undefined;
  search(place: CellPlace): Promise<CellAnswer>;
}

export interface CellPlace {
  /** Where its points are kept: cells that differ in their SLO alone share them. */
  readonly folder: string;
  /** The engine that was started for it; `undefined` where its flags name a URL. */
  readonly engine: ServedEngine | undefined;
  readonly context: CliContext;
  readonly quiet: boolean;
}
