import { HOST_RATES, startHostProbes } from '@fluidscope/host-probes';
import type { HostSource, OpenHostSource } from './host-source.js';

/** The host's own probes as a source: rates capped at each tier's own, names as they are on the wire. */
export const openHostProbes: OpenHostSource = (handlers, { hz, pids }): HostSource => {
  const probes = startHostProbes({
    onRecords: (records) => handlers.onRecords(records),
    onEvent: ({ kind, pid, name, monoNs }) =>
      handlers.onEvent({ kind, monoNs, source: 'host', detail: { pid, name } }),
    rates: {
      pulse: hz,
      counters: Math.min(hz, HOST_RATES.counters),
      gauges: Math.min(hz, HOST_RATES.gauges),
    },
    pids,
  });
  return {
    describe: () => {
      const { absent, metrics, labels, rates, missedSlotsCount, processesLeftOutCount } = probes.describe();
      return {
        absent: absent.map(({ metric, reason }) => ({ metric, reason })),
        metrics: metrics.map(({ metric, refreshMedianNs, callP50Ns, callP99Ns }) => ({
          metric,
          refresh_median_ns: refreshMedianNs ?? null,
          ...(callP50Ns === undefined ? {} : { call_p50_ns: callP50Ns }),
          ...(callP99Ns === undefined ? {} : { call_p99_ns: callP99Ns }),
        })),
        sub_labels: { interface: { ...labels.interface }, process: { ...labels.process } },
        rates_hz: { ...rates },
        missed_slots_count: missedSlotsCount,
        processes_left_out_count: processesLeftOutCount,
      };
    },
    [Symbol.dispose]: () => probes.close(),
  };
};
