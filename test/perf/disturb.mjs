// Loaded into a client by --import: what a busy program does to its token stamps. DISTURB=blocked: the event loop stands still for 100 ms
// each second. DISTURB=gc: a thread beside it allocates for 20 ms of each 100.
import { Worker, isMainThread } from 'node:worker_threads';

if (isMainThread && process.env.DISTURB === 'blocked') {
  setInterval(() => {
    const untilMs = performance.now() + 100;
    while (performance.now() < untilMs);
  }, 1_000).unref();
}

if (isMainThread && process.env.DISTURB === 'gc') {
  const allocate = `setInterval(() => {
    const untilMs = performance.now() + 20;
    let kept = [];
    while (performance.now() < untilMs) {
      kept.push({ text: 'x'.repeat(64), at: performance.now() });
      if (kept.length > 50_000) kept = [];
    }
  }, 100);`;
  new Worker(allocate, { eval: true, execArgv: [] }).unref();
}
