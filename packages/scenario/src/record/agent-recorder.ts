import { ClockTracker, type ClockFit } from '@fluidscope/clock-sync';
import { keyedDraw, type GpuReading } from '@fluidscope/serving-sim';
import {
  gpuMetricByName,
  SAMPLE_FLAGS,
  type ClockProbeRow,
  type GpuTier,
  type HostTier,
  type Json,
  type TraceWriter,
} from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import type { AgentTelemetry } from '../scenario.js';
import { textKey } from '../text-key.js';
import { TICK_NS, type VirtualRun } from '../virtual-run.js';
import { AgentClock } from './agent-clock.js';
import { agentDescription, agentIdOf, gpuUuidOf } from './agent-identity.js';
import { HostCounters } from './host-counters.js';
import { SampleColumns } from './sample-columns.js';
import { SensorOverrides } from './sensor-overrides.js';

/** Samples come in frames; one that is lost is lost whole. */
const FRAME_TICKS = 10;
const ROWS_AT_ONCE = 32_768;
const PROBES_AT_START = 16;
const PROBE_TICKS = 25;
const GPU_CALL_NS = 18_000;
const HOST_CALL_NS = 9_000;
const NS_PER_GPM_WINDOW = 100_000_000;

/** Ticks of 10 ms from one reading to the next; what comes with a time of its own is recorded as it comes. */
const TICKS: Readonly<Record<Exclude<GpuTier, 'fast' | 'gpm' | 'buffered' | 'events'>, number>> = {
  counters: 5,
  gauges: 25,
  links: 100,
  processes: 100,
  inventory: 1_000,
};
const HOST_TICKS: Readonly<Record<HostTier, number>> = { pulse: 2, counters: 5, gauges: 10 };

/** One metric that an agent reads, and what it read last. */
interface Series {
  readonly seriesIndex: number;
  readonly everyTicks: number;
  readonly callNs: number;
  readonly read: (atNs: number) => number;
  last: number;
}

export interface AgentRecorderOptions {
  readonly run: VirtualRun;
  readonly replicaIndex: number;
  readonly agentIndex: number;
  readonly telemetry: AgentTelemetry;
  readonly writer: TraceWriter;
  readonly takeSeriesIndex: () => number;
}

/**
 * One agent on one replica's host: reads the sensors at its own rates, stamps by its own clock, loses what the scenario says, and has its
 * clock probed. Its rows are those of a real agent's intake.
 */
export class AgentRecorder {
  readonly agentId: string;
  readonly clock: AgentClock;
  readonly hostCounters: HostCounters;
  private readonly options: AgentRecorderOptions;
  private readonly columns = new SampleColumns();
  private readonly series: Series[] = [];
  private readonly latest = new Map<string, { value: number }>();
  private readonly direct = new Map<string, Series>();
  private readonly overrides: SensorOverrides;
  private readonly tracker = new ClockTracker();
  private readonly dropKey: number;
  private frame: (() => void)[] = [];
  private frameFromNs = 0;
  private probeIndex = 0;
  private isDead = false;

  constructor(options: AgentRecorderOptions) {
    const { run, replicaIndex, agentIndex, telemetry } = options;
    this.options = options;
    this.agentId = agentIdOf(replicaIndex);
    this.clock = new AgentClock(telemetry.clock, run.seed, agentIndex);
    this.hostCounters = new HostCounters(run, replicaIndex);
    this.dropKey = textKey(`drop/${agentIndex}`);
    this.overrides = new SensorOverrides(run, replicaIndex);
    this.begin();
  }

  tick(atNs: number, fullRatio: number): void {
    const tickIndex = Math.round(atNs / TICK_NS);
    if (this.changedLife(atNs)) return;
    for (const each of this.series) if (tickIndex % each.everyTicks === 0) this.sample(each, atNs);
    if (tickIndex % PROBE_TICKS === 0 || tickIndex < PROBES_AT_START) this.probe(atNs + 1_000_000);
    if (tickIndex % FRAME_TICKS === FRAME_TICKS - 1) this.endFrame(atNs, fullRatio);
  }

  reading(gpuIndex: number, reading: GpuReading): void {
    if (!this.options.telemetry.gpu || this.isDead) return;
    const metric = gpuMetricByName(reading.metric);
    if (metric === undefined) return;
    const { subId = 0, sensorNs } = reading;
    const name = `${gpuIndex}/${reading.metric}/${subId}`;
    const value = this.overrides.shown(gpuIndex, reading);
    if (metric.tier === 'gpm' || metric.tier === 'buffered' || metric.tier === 'events') {
      this.recordDirect(name, {
        gpuIndex,
        metric: reading.metric,
        subId,
        value,
        sensorNs,
        tier: metric.tier,
      });
      return;
    }
    const known = this.latest.get(name);
    if (known !== undefined) {
      known.value = value;
      return;
    }
    const held = { value };
    this.latest.set(name, held);
    const everyTicks = metric.tier === 'fast' ? 100 / this.options.telemetry.fastPerS : TICKS[metric.tier];
    this.series.push(
      this.newSeries(
        { gpuIndex, metric: reading.metric, subId },
        { everyTicks, callNs: GPU_CALL_NS, read: () => held.value },
      ),
    );
  }

  end(atNs: number): void {
    if (!this.isDead) {
      for (let count = 0; count < PROBES_AT_START; count++) this.probe(atNs + count * 2_000_000);
      this.endFrame(atNs, 0);
    }
    this.flush(atNs);
  }

  /** What all probes say, and the span of agent time that it must hold for. */
  fit(): { readonly fit: ClockFit; readonly fromAgentNs: number; readonly toAgentNs: number } {
    const { run } = this.options;
    return {
      fit: this.tracker.current(),
      fromAgentNs: this.clock.agentNs(0),
      toAgentNs: this.clock.agentNs(run.endedNs + 100_000_000),
    };
  }

  private begin(): void {
    const { run, writer, agentIndex, replicaIndex, telemetry } = this.options;
    writer.appendAgents([
      {
        agentIndex,
        agentId: this.agentId,
        url: `ws://replica-${replicaIndex}.sim:9400/v1/stream`,
        originMonoNs: 86_400_000_000_000n * BigInt(replicaIndex + 1),
        description: agentDescription(run, replicaIndex, telemetry),
        timeNs: runNs(0),
      },
    ]);
    this.event('agent_connected', 0, { resumed: false });
    if (!telemetry.host) return;
    for (const { metric, subId, read } of this.hostCounters.counters)
      this.series.push(
        this.newSeries(
          { gpuIndex: undefined, metric: metric.name, subId },
          { everyTicks: HOST_TICKS[metric.tier], callNs: HOST_CALL_NS, read },
        ),
      );
  }

  private newSeries(
    { gpuIndex, metric, subId }: { gpuIndex: number | undefined; metric: string; subId: number },
    rest: Pick<Series, 'everyTicks' | 'callNs' | 'read'>,
  ): Series {
    const { writer, agentIndex, replicaIndex, takeSeriesIndex } = this.options;
    const seriesIndex = takeSeriesIndex();
    writer.appendAgentSeries([
      {
        seriesIndex,
        agentIndex,
        scope: gpuIndex === undefined ? 'host' : 'gpu',
        gpuUuid: gpuIndex === undefined ? undefined : gpuUuidOf(replicaIndex, gpuIndex),
        metric,
        subId,
      },
    ]);
    return { ...rest, seriesIndex, last: NaN };
  }

  private sample(series: Series, atNs: number): void {
    const value = series.read(atNs);
    this.columns.push({
      seriesIndex: series.seriesIndex,
      agentNs: this.clock.agentNs(atNs),
      callNs: series.callNs,
      value,
      flags: value === series.last ? 0 : SAMPLE_FLAGS.fresh,
      sensorNs: NaN,
    });
    series.last = value;
  }

  private recordDirect(
    name: string,
    {
      gpuIndex,
      metric,
      subId,
      value,
      sensorNs,
      tier,
    }: {
      gpuIndex: number;
      metric: string;
      subId: number;
      value: number;
      sensorNs: number;
      tier: 'gpm' | 'buffered' | 'events';
    },
  ): void {
    let series = this.direct.get(name);
    if (series === undefined) {
      series = this.newSeries({ gpuIndex, metric, subId }, { everyTicks: 0, callNs: 0, read: () => NaN });
      this.direct.set(name, series);
    }
    const flag = tier === 'gpm' ? SAMPLE_FLAGS.window : tier === 'buffered' ? SAMPLE_FLAGS.buffered : 0;
    this.columns.push({
      seriesIndex: series.seriesIndex,
      agentNs: this.clock.agentNs(sensorNs),
      callNs: tier === 'gpm' ? GPU_CALL_NS : 0,
      value,
      flags: flag | (value === series.last ? 0 : SAMPLE_FLAGS.fresh),
      sensorNs: tier === 'gpm' ? this.clock.agentNs(Math.max(0, sensorNs - NS_PER_GPM_WINDOW)) : NaN,
    });
    series.last = value;
    if (metric === 'xid_index') this.reportXid(gpuIndex, value, sensorNs);
  }

  private reportXid(gpuIndex: number, xid: number, atNs: number): void {
    const { writer, agentIndex } = this.options;
    const agentNs = this.clock.agentNs(atNs);
    const source = `${this.agentId}/sampler`;
    this.frame.push(() =>
      writer.appendAgentEvents([
        { agentIndex, agentNs, source, kind: 'xid', detail: { data: xid, gpu_index: gpuIndex } },
      ]),
    );
  }

  private probe(atNs: number): void {
    const { run, writer } = this.options;
    const row: ClockProbeRow = this.clock.probe(run.client.freeNs(atNs), this.probeIndex++, (each) =>
      run.client.freeNs(each),
    );
    this.tracker.add({ t1Ns: row.t1Ns, t2Ns: row.t2AgentNs, t3Ns: row.t3AgentNs, t4Ns: row.t4Ns });
    writer.appendClockProbes([row]);
  }

  private endFrame(atNs: number, fullRatio: number): void {
    const { telemetry, run, writer } = this.options;
    const { dropRatio, dropWithLoad } = telemetry;
    const chance = dropWithLoad ? Math.min(1, 2 * dropRatio * fullRatio) : dropRatio;
    const isLost = dropRatio > 0 && keyedDraw(run.seed, this.dropKey, Math.round(atNs / TICK_NS)) < chance;
    if (isLost) {
      const count = this.columns.length;
      this.columns.length = 0;
      writer.appendLosses([
        {
          source: this.agentId,
          fromNs: runNs(this.frameFromNs),
          toNs: runNs(atNs),
          count,
          reason: 'frame_lost',
        },
      ]);
    } else for (const append of this.frame) append();
    this.frame = [];
    this.frameFromNs = atNs;
    if (dropRatio > 0 || this.columns.length >= ROWS_AT_ONCE) this.flush(atNs);
  }

  private flush(atNs: number): void {
    if (this.columns.length > 0) this.options.writer.appendAgentSamples(this.columns.take(atNs));
  }

  /** Whether the agent is dead at `atNs`; its end and its return are events, and what lies between is a loss. */
  private changedLife(atNs: number): boolean {
    const { deadFromNs, deadToNs } = this.options.telemetry;
    if (deadFromNs === undefined || deadToNs === undefined) return false;
    const isDead = atNs >= deadFromNs && atNs < deadToNs;
    if (isDead && !this.isDead) {
      this.flush(atNs);
      this.event('agent_disconnected', atNs, { reason: 'the agent ended' });
    } else if (!isDead && this.isDead) {
      this.event('agent_connected', atNs, { resumed: false });
      this.options.writer.appendLosses([
        {
          source: this.agentId,
          fromNs: runNs(deadFromNs),
          toNs: runNs(atNs),
          count: undefined,
          reason: 'disconnected',
        },
      ]);
      this.frameFromNs = atNs;
    }
    this.isDead = isDead;
    return isDead;
  }

  private event(kind: string, atNs: number, detail: Json): void {
    this.options.writer.appendEvents([{ source: this.agentId, kind, timeNs: runNs(atNs), detail }]);
  }
}
