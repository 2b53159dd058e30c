import type { LiveChunks, LiveEnd, LiveServerSample, LiveStart } from '@fluidscope/live-view';
import type { LiveOptions } from '../server/live-options.js';

/** A batch of a run's records, as it goes to the thread that shows them. */
export type LiveBatch =
  | { readonly kind: 'starts'; readonly rows: readonly LiveStart[] }
  | { readonly kind: 'chunks'; readonly columns: LiveChunks }
  | { readonly kind: 'ends'; readonly rows: readonly LiveEnd[] }
  | { readonly kind: 'server'; readonly rows: readonly LiveServerSample[] }
  /** Records that were left out because the thread was behind. */
  | { readonly kind: 'unseen'; readonly count: number };

export type ToLiveThread =
  | { readonly kind: 'batch'; readonly batch: LiveBatch }
  | { readonly kind: 'ended'; readonly reason: string }
  | { readonly kind: 'close' };

export type FromLiveThread =
  | { readonly kind: 'listening'; readonly url: string }
  | {
      readonly kind: 'refused';
      readonly message: string;
      readonly code: string;
      readonly hint: string | undefined;
    }
  | { readonly kind: 'warning'; readonly message: string }
  /** A batch has been taken in. */
  | { readonly kind: 'taken' };

export type LiveThreadData = LiveOptions;
