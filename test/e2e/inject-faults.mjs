// node inject-faults.mjs URL STREAMS '[{"afterMs": 1000, "fault": {"kind": "engine_pause", "ms": 800}}]'
// Waits until the simulated engine decodes STREAMS requests, then injects each fault after its time. Prints the instants as JSON.
import { setTimeout as pause } from 'node:timers/promises';

const [url, streams, faults] = process.argv.slice(2);
const giveUpMs = Date.now() + 60_000;

while ((await runningCount()) < Number(streams)) {
  if (Date.now() > giveUpMs)
    throw new Error(`Expected ${streams} running requests at ${url} within a minute`);
  await pause(50);
}
const instants = [];
for (const { afterMs, fault } of JSON.parse(faults)) {
  await pause(afterMs);
  const response = await fetch(`${url}/sim/faults`, { method: 'POST', body: JSON.stringify(fault) });
  const text = await response.text();
  if (!response.ok) throw new Error(`Expected ${JSON.stringify(fault)} to be taken but received ${text}`);
  instants.push(JSON.parse(text).mono_ns);
}
console.log(JSON.stringify(instants));

async function runningCount() {
  const page = await (await fetch(`${url}/metrics`)).text();
  return Number(/^vllm:num_requests_running(?:\{.*\})? (\S+)$/m.exec(page)?.[1] ?? 0);
}
