import type { DurationNs } from '@fluidscope/units';

/** The two deadlines of a stream: `D_p` for its first token, `D_d` for each later one. Both above 0. */
export interface Deadlines {
  readonly ttftDeadlineNs: DurationNs;
  readonly tbtDeadlineNs: DurationNs;
}
