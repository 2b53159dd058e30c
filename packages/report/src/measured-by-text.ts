import { disagrees, metricsRead, type Diagnosis, type SensorLag } from '@fluidscope/diagnosis';
import type { DiagnosisView } from './diagnosis-view.js';
import { duration } from './text-figures.js';
import type { AgentSource } from './trace-sources.js';
import { wrapText } from './wrap-text.js';

const MOST_AGENTS_COUNT = 8;

/** How far times can be off and how old a sensor's value can be: no verdict is finer than this. Empty when no deadline was missed. */
export function measuredByText(diagnosis: Diagnosis, { sources, columns }: DiagnosisView): string {
  if (diagnosis.missedCount === 0) return '';
  const agents = sources.agents.slice(0, MOST_AGENTS_COUNT).map(agentText);
  const rest = sources.agents.length - agents.length;
  const lines = [
    `tokens that ended a stall: ${stampsText(diagnosis)}`,
    ...agents,
    ...(rest === 0 ? [] : [`and ${rest} further agents`]),
    ...lagLines(diagnosis),
  ];
  return `Clocks and sensors\n${lines.map((line) => `${wrapText(`  ${line}`, columns, 4)}\n`).join('')}`;
}

function stampsText({ episodes }: Diagnosis): string {
  const errorsNs = episodes.flatMap(({ stalls }) =>
    stalls.flatMap(({ stream, chunkIndex }) => stream.errorsNs[chunkIndex] ?? []),
  );
  const boundedNs = errorsNs.filter((errorNs) => !Number.isNaN(errorNs));
  if (boundedNs.length === 0) return 'no bound of their stamps is known';
  const worstNs = boundedNs.reduce((worst, errorNs) => Math.max(worst, errorNs), 0);
  const rest = errorsNs.length - boundedNs.length;
  return `stamped within ${duration(worstNs)} at the worst${rest === 0 ? '' : `, ${rest} without a bound`}`;
}

/** One a metric, of the GPU that is furthest off. */
function lagLines({ sensorLags }: Diagnosis): string[] {
  const worst = new Map<string, SensorLag>();
  for (const lag of sensorLags.filter(disagrees)) {
    const known = worst.get(lag.metric);
    if (known === undefined || Math.abs(lag.lagNs) > Math.abs(known.lagNs)) worst.set(lag.metric, lag);
  }
  return [...worst.values()].map(
    ({ metric, lagNs, fromNs, toNs }) =>
      `${metric} comes ${lagNs < 0 ? 'before' : 'behind'} the tokens by ${duration(Math.abs(lagNs))} (${duration(Math.min(Math.abs(fromNs), Math.abs(toNs)))} to ` +
      `${duration(Math.max(Math.abs(fromNs), Math.abs(toNs)))}): what it shows of a shorter time is of another`,
  );
}

function agentText({ hostname, clockBoundNs, refreshNs }: AgentSource): string {
  const clock =
    clockBoundNs === undefined
      ? 'clock not aligned'
      : `clock within ${duration(clockBoundNs)} of the client’s`;
  const refreshes = metricsRead('gpu').flatMap((metric) => {
    const ns = refreshNs.get(metric);
    return ns === undefined ? [] : [`${metric} ${duration(ns)}`];
  });
  return `${hostname}: ${clock}${refreshes.length === 0 ? '' : `; its sensors refresh every: ${refreshes.join(', ')}`}`;
}
