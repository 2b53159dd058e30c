import type { AgentSummary } from '@fluidscope/harness';
import type { Json } from '@fluidscope/trace-schema';
import { durationNs, formatDuration } from '@fluidscope/units';

/** What each agent gave to the run, a few lines each; nothing without agents. */
export function formatAgents(agents: readonly AgentSummary[]): string {
  return agents.map((agent) => `\n${linesOf(agent).join('\n')}\n`).join('');
}

function linesOf(agent: AgentSummary): readonly string[] {
  const { agentId, url, gpus, gpuSource, samplesCount, lossesCount, lostCount, probesCount, clockBoundNs } =
    agent;
  const names = [...new Set(gpus.map(({ name }) => name))].join(', ');
  const state = gpuSource.state === 'ready' ? '' : ` (${gpuSource.state}: ${gpuSource.detail})`;
  const bound =
    clockBoundNs === undefined
      ? 'unknown: no probe came back'
      : `within ${formatDuration(durationNs(clockBoundNs))}, from ${probesCount} probes`;
  const lost = lossesCount === 0 ? 'nothing lost' : `${lostCount} known to be lost in ${lossesCount} gaps`;
  return [
    `Agent ${agentId} (${url})`,
    `  GPUs      ${gpus.length}${names === '' ? '' : ` x ${names}`}${state}`,
    `  samples   ${samplesCount}; ${lost}`,
    `  clock     ${bound}`,
  ];
}

/** The same for `--json`. */
export function agentsJson(agents: readonly AgentSummary[]): Json {
  return agents.map((agent) => ({
    agent_id: agent.agentId,
    url: agent.url,
    gpu_source: { kind: agent.gpuSource.kind, state: agent.gpuSource.state, detail: agent.gpuSource.detail },
    gpus: agent.gpus.map(({ uuid, name, state }) => ({ uuid, name, state })),
    samples_count: agent.samplesCount,
    lost_count: agent.lostCount,
    losses_count: agent.lossesCount,
    probes_count: agent.probesCount,
    clock_bound_ns: agent.clockBoundNs ?? null,
  }));
}
