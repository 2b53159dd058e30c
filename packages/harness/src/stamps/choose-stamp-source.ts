import { UsageError } from '@fluidscope/errors';
import type { StampSource } from '@fluidscope/trace-schema';
import type { RunWarning } from '../run-result.js';
import { probeKernelStamps, type KernelStampsProbe } from './probe-kernel-stamps.js';

/** `auto`: the kernel's where it gives them. */
export const STAMP_SOURCE_CHOICES = ['auto', 'kernel', 'user'] as const;
export type StampSourceChoice = (typeof STAMP_SOURCE_CHOICES)[number];

/** Who stamps a run's tokens. */
export interface ChosenStampSource {
  readonly asked: StampSourceChoice;
  readonly source: StampSource;
  /** Says that it is not the kernel though it should have been. */
  readonly warnings: readonly RunWarning[];
}

/** Few: this stands between the command and its load. */
const PROBE_BYTES_COUNT = 3;

/** Tries the kernel's stamps unless told otherwise. Rejects with a `UsageError` for `kernel` where it gives none. */
export async function chooseStampSource(
  asked: StampSourceChoice,
  probe: () => Promise<KernelStampsProbe> = () => probeKernelStamps({ bytesCount: PROBE_BYTES_COUNT }),
): Promise<ChosenStampSource> {
  if (asked === 'user') return { asked, source: 'user', warnings: [] };
  const probed = await probe();
  if (probed.works) return { asked, source: 'kernel', warnings: [] };
  const { reason, hint } = probed;
  if (asked === 'kernel') {
    throw new UsageError([`Expected kernel stamps for --stamp-source but ${reason}`], {
      code: 'run.no-kernel-stamps',
      hint: `${hint}, or take --stamp-source auto`,
    });
  }
  const message =
    `Token times are stamped by the event loop, not by the kernel: ${reason}. Their bounds grow with the load on this ` +
    `process. ${hint}; --stamp-source user says that this is meant`;
  return { asked, source: 'user', warnings: [{ code: 'user_stamps', message }] };
}
