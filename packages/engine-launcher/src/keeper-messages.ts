/** How an engine's own process ended. */
export type EngineEnd =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signalled'; readonly signal: string };

/** What a keeper is to start, and how it ends it. */
export interface KeeperOrder {
  readonly kind: 'start';
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** `NAME=value`, part of `env`. */
  readonly mark: string;
  readonly logPath: string;
  readonly graceMs: number;
}

export type ToKeeper = KeeperOrder | { readonly kind: 'stop' };

/** In this order: `started`, `ended`, `gone`; or `not_started` alone. */
export type FromKeeper =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'not_started'; readonly message: string; readonly code: string | undefined }
  | { readonly kind: 'ended'; readonly end: EngineEnd }
  | { readonly kind: 'gone'; readonly killed: boolean; readonly remainingPids: readonly number[] };
