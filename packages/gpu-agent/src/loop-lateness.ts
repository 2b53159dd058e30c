import { NS_PER_MS, NS_PER_S } from '@fluidscope/units';

const TICK_NS = 50 * NS_PER_MS;

/**
 * How late this process's event loop comes to a timer that is due every 50 ms, on an absolute schedule. Once a second `onLateness`
 * hears the largest of the second: what of the agent's own work, or of the host's load, delays its sending.
 */
export function watchLoopLateness(
  monoNowNs: () => bigint,
  onLateness: (latenessNs: number) => void,
): Disposable {
  const startNs = monoNowNs();
  let dueNs = TICK_NS;
  let reportDueNs = NS_PER_S;
  let largestNs = 0;
  let timer = setTimeout(tick, TICK_NS / NS_PER_MS);
  function tick(): void {
    const nowNs = Number(monoNowNs() - startNs);
    largestNs = Math.max(largestNs, nowNs - dueNs);
    if (nowNs >= reportDueNs) {
      onLateness(largestNs);
      largestNs = 0;
      reportDueNs = nowNs + NS_PER_S;
    }
    dueNs = Math.max(dueNs + TICK_NS, (Math.floor(nowNs / TICK_NS) + 1) * TICK_NS);
    timer = setTimeout(tick, Math.max(0, (dueNs - nowNs) / NS_PER_MS));
  }
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
