import type { AgentNotice, AgentSummary } from '@fluidscope/harness';
import type { Json } from '@fluidscope/trace-schema';
import { durationNs, formatDuration } from '@fluidscope/units';

/** What each agent gave to the run, a few lines each; nothing without agents. */
export function formatAgents(agents: readonly AgentSummary[]): string {
  return agents.map((agent) => `\n${linesOf(agent).join('\n')}\n`).join('');
}

/** One line for stderr while the run goes on. */
export function agentNoticeText({ kind, url, agentId, reason, isResumed }: AgentNotice): string {
  const name = agentId === undefined ? `the agent at ${url}` : `agent ${agentId} (${url})`;
  switch (kind) {
    case 'absent':
      return `warning: ${name} does not answer yet: ${reason}; the run goes on and takes it in when it does`;
    case 'lost':
      return `warning: ${name} is lost: ${reason}; the run goes on, and tries again`;
    case 'back':
      return `note: ${name} is back${isResumed ? '' : '; what it read meanwhile is not in the trace'}`;
    case 'given_up':
      return `warning: ${name} is given up: ${reason}; the run goes on without it`;
  }
}

function linesOf(agent: AgentSummary): readonly string[] {
  const {
    agentId,
    url,
    gpus,
    gpuSource,
    samplesCount,
    lossesCount,
    lostCount,
    coverageRatio,
    probesCount,
    clockBoundNs,
  } = agent;
  const names = [...new Set(gpus.map(({ name }) => name))].join(', ');
  const state = gpuSource.state === 'ready' ? '' : ` (${gpuSource.state}: ${gpuSource.detail})`;
  const bound =
    clockBoundNs === undefined
      ? 'unknown: no probe came back'
      : `within ${formatDuration(durationNs(clockBoundNs))}, from ${probesCount} probes`;
  const covered =
    coverageRatio === undefined
      ? ''
      : `; ${(100 * coverageRatio).toFixed(coverageRatio === 1 ? 0 : 1)} % of the run covered`;
  const lost = lossesCount === 0 ? 'nothing lost' : `${lostCount} known to be lost in ${lossesCount} gaps`;
  return [
    `Agent ${agentId} (${url})`,
    `  GPUs      ${gpus.length}${names === '' ? '' : ` x ${names}`}${state}`,
    `  samples   ${samplesCount}; ${lost}${covered}`,
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
    coverage_ratio: agent.coverageRatio ?? null,
    probes_count: agent.probesCount,
    clock_bound_ns: agent.clockBoundNs ?? null,
  }));
}
