import type { Goodput } from '@fluidscope/slo';

/** What follows a goodput's counts where requests were judged by terms of their own; empty where none was. */
export function ownTermsNote({ requestsCount, ownTermsCount }: Goodput): string {
  if (ownTermsCount === 0) return '';
  return ownTermsCount === requestsCount
    ? '; all have terms of their own'
    : `; ${ownTermsCount} ${ownTermsCount === 1 ? 'has' : 'have'} terms of their own`;
}
