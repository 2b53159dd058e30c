/**
 * How often a host metric is read: `pulse` 40 Hz, `counters` 20 Hz, `gauges` 10 Hz. The kernel counts CPU time in steps of 10 ms, so
 * that more than 20 Hz would mostly read repeats.
 */
export const HOST_TIERS = ['pulse', 'counters', 'gauges'] as const;

export type HostTier = (typeof HOST_TIERS)[number];

/** `counter`: only grows while the host (or the process, interface, control group) lives. `gauge`: a level at an instant. */
export type HostMetricKind = 'gauge' | 'counter';

export type HostMetricUnit = 'ns' | 'us' | 'bytes' | 'MHz' | 'count';

/**
 * What the `sub_id` of a sample names: nothing; a CPU (its number + 1; 0 is the sum of all); an interface or NUMA node (its number + 1);
 * a process (its pid); a control group (0 is the sampler's own, else the pid of the process that lives in it).
 */
export type HostMetricScope = 'host' | 'cpu' | 'interface' | 'numa_node' | 'process' | 'cgroup';

export interface HostMetric {
  /** What stands in a sample record: from 1001, so that no GPU metric has it; never reused for another meaning. */
  readonly id: number;
  /** snake_case with its unit: the name in the trace. */
  readonly name: string;
  readonly unit: HostMetricUnit;
  readonly kind: HostMetricKind;
  readonly tier: HostTier;
  readonly scope: HostMetricScope;
}

function metric(
  id: number,
  name: string,
  [unit, kind, tier]: readonly [HostMetricUnit, HostMetricKind, HostTier],
  scope: HostMetricScope = 'host',
): HostMetric {
  return { id, name, unit, kind, tier, scope };
}

const CPU_TIME = ['ns', 'counter', 'counters'] as const;
const PRESSURE = ['us', 'counter', 'pulse'] as const;
const COUNTER = ['count', 'counter', 'counters'] as const;
const SLOW_COUNTER = ['count', 'counter', 'gauges'] as const;
const TRAFFIC = ['bytes', 'counter', 'counters'] as const;
const LEVEL = ['bytes', 'gauge', 'gauges'] as const;

/**
 * Every quantity that a host sample can hold. Closed: the probes, the link, the trace and the diagnosis all take names and ids from
 * here. What a host does not count (no pressure accounting, no NUMA) never appears for it.
 *
 * `cpu_busy_ns` is user + system + interrupts; a hypervisor's theft and waiting for a disk are not in it. `pressure_*` is the time in
 * which some or all tasks waited. `process_main_thread_*` is of that one thread, as the kernel gives it without a walk over all.
 */
export const HOST_METRICS: readonly HostMetric[] = [
  metric(1001, 'cpu_busy_ns', CPU_TIME, 'cpu'),
  metric(1002, 'cpu_user_ns', CPU_TIME, 'cpu'),
  metric(1003, 'cpu_system_ns', CPU_TIME, 'cpu'),
  metric(1004, 'cpu_steal_ns', CPU_TIME, 'cpu'),
  metric(1005, 'cpu_iowait_ns', CPU_TIME, 'cpu'),
  metric(1006, 'cpu_irq_ns', CPU_TIME, 'cpu'),
  metric(1007, 'cpu_clock_mhz', ['MHz', 'gauge', 'gauges'], 'cpu'),

  metric(1010, 'runnable_tasks_count', ['count', 'gauge', 'counters']),
  metric(1011, 'blocked_tasks_count', ['count', 'gauge', 'counters']),
  metric(1012, 'context_switches_count', COUNTER),
  metric(1013, 'forks_count', COUNTER),
  metric(1014, 'load_1min_count', ['count', 'gauge', 'gauges']),

  metric(1020, 'pressure_cpu_some_us', PRESSURE),
  metric(1021, 'pressure_cpu_full_us', PRESSURE),
  metric(1022, 'pressure_memory_some_us', PRESSURE),
  metric(1023, 'pressure_memory_full_us', PRESSURE),
  metric(1024, 'pressure_io_some_us', PRESSURE),
  metric(1025, 'pressure_io_full_us', PRESSURE),

  metric(1030, 'host_memory_available_bytes', LEVEL),
  metric(1031, 'host_memory_free_bytes', LEVEL),
  metric(1032, 'swap_free_bytes', LEVEL),
  metric(1035, 'major_faults_count', SLOW_COUNTER),
  metric(1036, 'swapped_in_pages_count', SLOW_COUNTER),
  metric(1037, 'swapped_out_pages_count', SLOW_COUNTER),
  metric(1038, 'scanned_pages_direct_count', SLOW_COUNTER),
  metric(1039, 'scanned_pages_background_count', SLOW_COUNTER),

  metric(1040, 'numa_hits_count', SLOW_COUNTER, 'numa_node'),
  metric(1041, 'numa_misses_count', SLOW_COUNTER, 'numa_node'),
  metric(1042, 'numa_foreign_count', SLOW_COUNTER, 'numa_node'),
  metric(1043, 'numa_other_node_count', SLOW_COUNTER, 'numa_node'),

  metric(1050, 'network_rx_bytes', TRAFFIC, 'interface'),
  metric(1051, 'network_tx_bytes', TRAFFIC, 'interface'),
  metric(1052, 'network_rx_packets_count', COUNTER, 'interface'),
  metric(1053, 'network_tx_packets_count', COUNTER, 'interface'),
  metric(1054, 'network_rx_drops_count', COUNTER, 'interface'),
  metric(1055, 'network_tx_drops_count', COUNTER, 'interface'),
  metric(1056, 'network_rx_errors_count', COUNTER, 'interface'),
  metric(1057, 'network_tx_errors_count', COUNTER, 'interface'),

  metric(1060, 'tcp_segments_sent_count', COUNTER),
  metric(1061, 'tcp_retransmits_count', COUNTER),
  metric(1062, 'tcp_timeouts_count', SLOW_COUNTER),
  metric(1063, 'tcp_listen_overflows_count', SLOW_COUNTER),
  metric(1064, 'tcp_listen_drops_count', SLOW_COUNTER),
  metric(1065, 'tcp_receive_pruned_count', SLOW_COUNTER),
  metric(1066, 'tcp_to_zero_window_count', SLOW_COUNTER),
  metric(1067, 'tcp_from_zero_window_count', SLOW_COUNTER),
  metric(1068, 'tcp_receive_queue_drops_count', SLOW_COUNTER),
  metric(1069, 'tcp_backlog_drops_count', SLOW_COUNTER),
  metric(1070, 'tcp_out_of_order_count', SLOW_COUNTER),

  metric(1080, 'cgroup_cpu_used_ns', CPU_TIME, 'cgroup'),
  metric(1081, 'cgroup_cpu_periods_count', COUNTER, 'cgroup'),
  metric(1082, 'cgroup_cpu_throttled_count', COUNTER, 'cgroup'),
  metric(1083, 'cgroup_cpu_throttled_ns', CPU_TIME, 'cgroup'),
  metric(1084, 'cgroup_memory_high_count', COUNTER, 'cgroup'),
  metric(1085, 'cgroup_memory_max_count', COUNTER, 'cgroup'),
  metric(1086, 'cgroup_oom_kills_count', COUNTER, 'cgroup'),

  metric(1090, 'process_cpu_user_ns', CPU_TIME, 'process'),
  metric(1091, 'process_cpu_system_ns', CPU_TIME, 'process'),
  metric(1092, 'process_threads_count', ['count', 'gauge', 'counters'], 'process'),
  metric(1093, 'process_resident_bytes', ['bytes', 'gauge', 'counters'], 'process'),
  metric(1094, 'process_major_faults_count', COUNTER, 'process'),
  metric(1095, 'process_main_thread_run_queue_wait_ns', CPU_TIME, 'process'),
  metric(1096, 'process_main_thread_voluntary_switches_count', SLOW_COUNTER, 'process'),
  metric(1097, 'process_main_thread_involuntary_switches_count', SLOW_COUNTER, 'process'),

  metric(1110, 'host_sampler_lateness_ns', ['ns', 'gauge', 'pulse']),
  metric(1111, 'agent_loop_lateness_ns', ['ns', 'gauge', 'gauges']),
  metric(1112, 'gpu_sampler_lateness_ns', ['ns', 'gauge', 'gauges']),
];

const BY_ID: ReadonlyMap<number, HostMetric> = new Map(HOST_METRICS.map((each) => [each.id, each]));
const BY_NAME: ReadonlyMap<string, HostMetric> = new Map(HOST_METRICS.map((each) => [each.name, each]));

/** The metric of an id in a sample record, or `undefined` for one that a newer agent may know. */
export function hostMetricById(id: number): HostMetric | undefined {
  return BY_ID.get(id);
}

/** The metric of a name in the trace, or `undefined`. */
export function hostMetricByName(name: string): HostMetric | undefined {
  return BY_NAME.get(name);
}
