// Rounds of the same arithmetic until the time is up; answers with how long each took, in ms.
import { parentPort, workerData } from 'node:worker_threads';

const STEPS = 200_000;
const roundsMs = [];
const untilMs = performance.now() + workerData.seconds * 1000;
let value = 1;
for (let fromMs = performance.now(); fromMs < untilMs;) {
  for (let step = 0; step < STEPS; step++) value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
  const nowMs = performance.now();
  roundsMs.push(nowMs - fromMs);
  fromMs = nowMs;
}
// So that the arithmetic has a use and is not left out.
if (value === -1) roundsMs.push(0);
parentPort.postMessage(roundsMs);
