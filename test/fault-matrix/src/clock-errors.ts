import { runStartOf, type Scenario } from '@fluidscope/scenario';
import type { TraceReader } from '@fluidscope/trace-schema';

/** How far an estimate of an agent's clock was off, and how far it said it might be; ns. */
export interface ClockError {
  readonly errorNs: number;
  readonly boundNs: number;
}

/** What an agent's clock shows at run time 0 beside the scenario's offset, counted from its origin. */
const STARTED_BEFORE_NS = 3_600_000_000_000;

/** Of each estimate in a trace, beside where the scenario put the clock. */
export async function clockErrors(
  reader: TraceReader,
  scenario: Scenario,
  seed: number,
): Promise<ClockError[]> {
  const clock = scenario.telemetry.agents?.clock;
  if (clock === undefined) return [];
  const origins = new Map(
    (await reader.agents()).map(({ agentId, originMonoNs }) => [agentId, originMonoNs]),
  );
  const { startedMonoNs } = runStartOf(scenario, seed);
  return (await reader.clockOffsets()).flatMap(({ agentId, timeNs, offsetNs, boundNs }) => {
    const origin = origins.get(agentId);
    if (origin === undefined) return [];
    const stepNs = clock.stepAtNs !== undefined && timeNs >= clock.stepAtNs ? clock.stepNs : 0;
    const driftedNs = STARTED_BEFORE_NS + clock.offsetNs + timeNs * (clock.driftPpm / 1e6) + stepNs;
    return [{ errorNs: Math.abs(Number(offsetNs - (origin - startedMonoNs)) - driftedNs), boundNs }];
  });
}
