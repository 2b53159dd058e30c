import { LIVE_GPU_METRICS } from '@fluidscope/live-view';

/** The page as it is before anything has come: no text of a run or a machine is in it, so that who has no token learns nothing. */
export function pageMarkup({ asksToken }: { readonly asksToken: boolean }): string {
  return `<!doctype html>
<html lang="en" data-asks-token="${asksToken ? 'yes' : 'no'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Fluidscope live</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<a class="skip" href="#lanes">Skip to the timeline</a>
<header>
<div>
<h1>Fluidscope live</h1>
<p id="about">Connecting …</p>
</div>
<p class="state"><span id="link" role="status">connecting</span> <button type="button" id="pause" aria-pressed="false">Pause</button>
<button type="button" id="reconnect" hidden>Connect again</button></p>
</header>
<form id="token-form" hidden>
<label for="token">This page asks for the token of its <code>--token-file</code>.</label>
<input id="token" type="password" autocomplete="off" spellcheck="false">
<button type="submit">Open</button>
<p id="token-problem" role="alert"></p>
</form>
${mainMarkup()}
</body>
</html>
`;
}

function mainMarkup(): string {
  return `<main id="main">
<section id="figures" aria-label="Now" hidden>${TILES.map(tile).join('')}</section>
<section aria-labelledby="lanes-title">
<h2 id="lanes-title">The last seconds</h2>
<ul class="legend" id="legend" hidden>${LEGEND.map(([state, words]) => `<li><i data-state="${state}"></i>${words}</li>`).join('')}</ul>
<ul class="legend" id="gpu-legend" hidden>${GPU_LEGEND.map(([line, words]) => `<li><i data-line="${line}"></i>${words}</li>`).join('')}</ul>
<div id="lanes" tabindex="0" role="group" aria-label="Timeline. Left and right move through time, Home and End to its ends, Escape lets go, P pauses." aria-describedby="readout"></div>
<output id="readout" aria-live="polite">Point at the timeline, or focus it and press an arrow key, to read the values of an instant.</output>
</section>
<section aria-labelledby="gpus-title" id="gpus" hidden>
<h2 id="gpus-title">GPUs now, each value with its age</h2>
<div class="wide" tabindex="0" role="region" aria-label="Table of GPUs"><table id="gpu-table"><thead><tr><th scope="col">GPU</th>${LIVE_GPU_METRICS.filter(
    (metric) => !JOINED.has(metric),
  )
    .map((metric) => `<th scope="col">${GPU_TITLES[metric]}</th>`)
    .join('')}</tr></thead><tbody></tbody></table></div>
<ul id="hosts"></ul>
</section>
<div class="two" id="streams" hidden>
<section aria-labelledby="misses-title">
<h2 id="misses-title">Deadlines missed</h2>
<p id="misses-about"></p>
<div class="wide" tabindex="0" role="region" aria-label="Table of late tokens"><table id="miss-table"><thead><tr><th scope="col">At</th><th scope="col">Request</th><th scope="col">Late by</th><th scope="col">Deadlines</th></tr></thead><tbody></tbody></table></div>
</section>
<section aria-labelledby="late-title">
<h2 id="late-title">Overdue now</h2>
<p id="late-about"></p>
<div class="wide" tabindex="0" role="region" aria-label="Table of overdue streams"><table id="late-table"><thead><tr><th scope="col">Request</th><th scope="col">Overdue by</th><th scope="col">Waits for</th><th scope="col">Tokens</th><th scope="col">Missed</th></tr></thead><tbody></tbody></table></div>
</section>
</div>
<section aria-labelledby="trust-title">
<h2 id="trust-title">How far to trust this</h2>
<ul id="trust"></ul>
<h3>What happened</h3>
<ol id="notes"></ol>
</section>
</main>`;
}

/** Shown beside the value that they bound. */
const JOINED: ReadonlySet<string> = new Set(['power_limit_mw', 'memory_total_bytes']);

const GPU_TITLES: Readonly<Record<(typeof LIVE_GPU_METRICS)[number], string>> = {
  sm_clock_mhz: 'SM clock',
  power_mw: 'Power, of its limit',
  power_limit_mw: '',
  utilization_gpu_pct: 'Utilization',
  memory_used_bytes: 'Memory, of all',
  memory_total_bytes: '',
  temperature_gpu_celsius: 'Temperature',
  clocks_event_reasons_mask: 'Throttled by',
};

const TILES: readonly (readonly [id: string, title: string])[] = [
  ['fluidity', 'Fluidity-index'],
  ['missed', 'Deadlines missed'],
  ['overdue', 'Overdue now'],
  ['active', 'Active'],
  ['rate', 'Tokens a second'],
  ['ttft', 'TTFT p99'],
  ['tbt', 'TBT p99'],
  ['queue', 'Server queue'],
  ['done', 'Requests'],
];

function tile([id, title]: readonly [string, string]): string {
  return `<div class="tile" id="tile-${id}"><p class="name">${title}</p><p class="value">–</p><p class="small"></p></div>`;
}

const LEGEND: readonly (readonly [state: string, words: string])[] = [
  ['t', 'tokens in time'],
  ['q', 'next not yet due'],
  ['w', 'waits for its first token'],
  ['W', 'first token overdue'],
  ['o', 'token overdue'],
  ['m', 'token came late'],
  ['x', 'failed'],
  ['missing', 'not seen by this page'],
];

const GPU_LEGEND: readonly (readonly [line: string, words: string])[] = [
  ['clock', 'GPU clock'],
  ['power', 'power'],
  ['limit', 'its limit'],
  ['utilization', 'utilization'],
  ['throttled', 'throttled'],
];
