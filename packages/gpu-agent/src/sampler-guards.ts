/** What the sampler does when reading costs more than its guard allows. */
export const SAMPLER_GUARDS = ['adapt', 'keep'] as const;
