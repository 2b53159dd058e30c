import { gibibytes, index, instant, numberOrNull, whole } from './format.js';
import { gpuText } from './gpu-lane.js';
import type { LiveStore } from './live-store.js';

const STATE_WORDS = [
  '',
  'not yet due',
  'with tokens in time',
  'waiting for a first token',
  'with a first token overdue',
  'with a token overdue',
  'with a late token',
  'failed',
];

/** What the page knows of one instant. */
export function readoutOf(store: LiveStore, column: number): string {
  const at = `At ${instant(store.timeNs(column))}`;
  if (!store.isHere(column)) return `${at}: this page saw nothing of that time.`;
  const streams = store
    .statesAt(column)
    .flatMap((found, severity) =>
      severity === 0 || found === 0 ? [] : [`${whole(found)} ${STATE_WORDS[severity] ?? ''}`],
    );
  const fluidity = numberOrNull(store.run.fluidity.at(column));
  const ratePerS = store.run.tokensPerS.at(column);
  const gpus = store.gpus.map((rings, gpu) => {
    const used = rings.memory_used_bytes.at(column);
    const memory = Number.isNaN(used) ? '' : `, ${gibibytes(used)} GiB`;
    return `GPU ${gpu + 1} of ${store.gpus.length}: ${gpuText(store, gpu, column)}${memory}`;
  });
  return [
    at,
    ...(streams.length === 0 ? [] : [`streams: ${streams.join(', ')}`]),
    ...(fluidity === null ? [] : [`fluidity ${index(fluidity)}`]),
    ...(Number.isNaN(ratePerS) ? [] : [`${whole(ratePerS)} tokens/s`]),
    ...gpus,
  ].join('; ');
}
