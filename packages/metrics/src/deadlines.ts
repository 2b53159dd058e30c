import { durationNs, NS_PER_MS, NS_PER_S, type DurationNs } from '@fluidscope/units';

/** The two deadlines of a stream: `D_p` for its first token, `D_d` for each later one. Both above 0. */
export interface Deadlines {
  readonly ttftDeadlineNs: DurationNs;
  readonly tbtDeadlineNs: DurationNs;
}

/** What a stream is held to when nobody says otherwise: first token within 1 s, each later one within 50 ms. */
export const DEFAULT_DEADLINES: Deadlines = {
  ttftDeadlineNs: durationNs(NS_PER_S),
  tbtDeadlineNs: durationNs(50 * NS_PER_MS),
};

/** Throws `RangeError` naming the deadline unless both are whole nanoseconds above 0. */
export function requireValidDeadlines({ ttftDeadlineNs, tbtDeadlineNs }: Deadlines): void {
  requireDeadline(ttftDeadlineNs, 'ttftDeadlineNs');
  requireDeadline(tbtDeadlineNs, 'tbtDeadlineNs');
}

function requireDeadline(valueNs: number, name: string): void {
  if (!Number.isSafeInteger(valueNs) || valueNs <= 0) {
    throw new RangeError(`Expected whole nanoseconds above 0 for ${name} but received ${valueNs}`);
  }
}
