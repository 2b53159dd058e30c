import {
  ENGINE_PROFILES,
  engineNs,
  keyedDraw,
  resolveEngineConfig,
  type CompletedIteration,
  type GpuReading,
} from '@fluidscope/serving-sim';
import { ClientLoop } from './client-loop.js';
import { Delivery } from './delivery.js';
import { engineActions, type TimedAction } from './engine-effects.js';
import type { Fault } from './fault.js';
import { Replica } from './replica.js';
import { RequestSource, stormRequests, type RequestLimits } from './request-source.js';
import type { Scenario } from './scenario.js';
import { SimulatedRequest, type RequestPlan } from './simulated-request.js';
import { Submissions, type Submission } from './submissions.js';
import { textKey } from './text-key.js';
import { mergeWindows, windowsOf, type TimedFault, type Window } from './timing-windows.js';

/** What watches a run while it happens. It changes nothing: a run that is watched is the same run. */
export interface RunObserver {
  /** The state at each 10 ms of run time, before what happens then. */
  tick(atNs: number): void;
  reading(replicaIndex: number, gpuIndex: number, reading: GpuReading): void;
  /** A segment was sent again by this replica's host. */
  retransmitted(replicaIndex: number, atNs: number): void;
}

export const TICK_NS = 10_000_000;
/** From the client's send to the engine's queue: the way, and the server's reading of the prompt. */
const REQUEST_WAY_NS = 400_000;
/** No run goes on longer than this after its load's time: requests in flight then are left unfinished. */
const LONGEST_DRAIN_NS = 600_000_000_000;

/**
 * One run of a scenario in virtual time with some of its faults. One state drives all: engines, GPUs, the way to the client and the client
 * itself. What draws at random draws by what it is for, so that runs that differ by a fault differ by nothing else.
 */
export class VirtualRun {
  readonly replicas: readonly Replica[];
  readonly client: ClientLoop;
  /** Of the run's own client, in order of their intended send. */
  readonly requests: SimulatedRequest[] = [];
  readonly faults: readonly TimedFault[];
  endedNs = 0;
  private readonly deliveries: readonly Delivery[];
  private readonly sources: readonly RequestSource[];
  private readonly sourceOf = new Map<SimulatedRequest, RequestSource>();
  private readonly submissions: Submissions;
  private readonly actions: readonly TimedAction[];
  private nextActionIndex = 0;
  private nextTickNs = 0;

  constructor(
    readonly scenario: Scenario,
    readonly seed: number,
    isActive: (fault: Fault) => boolean,
    private observer?: RunObserver,
  ) {
    const { durationNs, replicaCount } = scenario;
    this.faults = scenario.faults
      .filter(isActive)
      .map((fault) => ({ fault, windows: windowsOf(fault, seed, durationNs) }));
    this.replicas = Array.from({ length: replicaCount }, (_, index) => this.createReplica(index));
    this.client = new ClientLoop(scenario.telemetry.stamps, this.pulses('client_blocked', undefined));
    this.deliveries = this.replicas.map(
      ({ replicaIndex }) =>
        new Delivery(seed, this.client, this.pulses('api_blocked', replicaIndex), (atNs) =>
          this.observer?.retransmitted(replicaIndex, atNs),
        ),
    );
    const limits = this.requestLimits();
    this.sources = [scenario.load, ...scenario.background].map(
      (load, index) => new RequestSource(load, index, limits),
    );
    this.submissions = new Submissions(this.knownRequests(limits));
    this.actions = this.allActions();
  }

  /** Set before `run`; for observers that need the run to be there first. */
  watch(observer: RunObserver): void {
    this.observer = observer;
  }

  run(): void {
    const limitNs = this.scenario.durationNs + LONGEST_DRAIN_NS;
    while (this.happenNext(limitNs));
    this.requests.sort((a, b) => a.plan.intendedNs - b.plan.intendedNs || a.plan.key - b.plan.key);
    this.endedNs =
      Math.max(this.endedNs, ...this.requests.map(({ lastArrivalNs }) => lastArrivalNs)) + 1_000_000;
    this.tickTo(this.endedNs);
  }

  /** False once nothing is left to happen to a request. */
  private happenNext(limitNs: number): boolean {
    const action = this.actions[this.nextActionIndex];
    const submission = this.submissions.first();
    const replica = this.nextReplica();
    const engineAtNs = replica?.engine.nextEventNs() ?? Infinity;
    const requestsAtNs = Math.min(submission?.atNs ?? Infinity, engineAtNs);
    if (requestsAtNs === Infinity || requestsAtNs > limitNs) return false;
    const atNs = Math.min(action?.atNs ?? Infinity, requestsAtNs);
    this.tickTo(atNs);
    if (action !== undefined && action.atNs === atNs) {
      this.nextActionIndex += 1;
      for (const each of this.replicas) each.advance(atNs);
      action.run();
    } else if (submission !== undefined && submission.atNs === atNs) {
      this.submissions.removeFirst();
      this.replicas[submission.request.plan.replicaIndex]?.engine.submit(submission.request, engineNs(atNs));
    } else if (replica !== undefined) this.step(replica, atNs);
    this.endedNs = Math.max(this.endedNs, requestsAtNs);
    return true;
  }

  private tickTo(atNs: number): void {
    for (; this.nextTickNs <= atNs; this.nextTickNs += TICK_NS) {
      for (const replica of this.replicas) replica.advance(this.nextTickNs);
      this.observer?.tick(this.nextTickNs);
    }
  }

  private step(replica: Replica, atNs: number): void {
    replica.advance(atNs);
    const iteration = replica.step();
    if (iteration !== undefined) this.deliver(iteration, replica.replicaIndex);
  }

  private deliver({ emissions, endNs }: CompletedIteration<SimulatedRequest>, replicaIndex: number): void {
    for (let index = 0; index < emissions.length;) {
      const first = emissions[index];
      if (first === undefined) return;
      const { request } = first;
      let isLast = false;
      let tokensCount = 0;
      for (; emissions[index]?.request === request; index++) {
        tokensCount += 1;
        isLast = emissions[index]?.isLast ?? false;
      }
      this.deliveries[replicaIndex]?.emit(request, { tokensCount, atNs: endNs, isLast });
      if (isLast) this.finish(request, endNs);
    }
  }

  private finish(request: SimulatedRequest, atNs: number): void {
    request.isDone = true;
    const source = this.sourceOf.get(request);
    if (source?.concurrencyCount === undefined) return;
    const endedNs = request.plan.isRecorded ? (request.arrivalsNs[request.chunksCount - 1] ?? atNs) : atNs;
    const next = source.next(Math.max(atNs, endedNs));
    if (next !== undefined) this.submissions.add(this.send(next, source));
  }

  private knownRequests(limits: RequestLimits): readonly Submission[] {
    const known: Submission[] = [];
    for (const source of this.sources) {
      const mostCount = source.concurrencyCount ?? Infinity;
      for (let count = 0; count < mostCount; count++) {
        const plan = source.next(0);
        if (plan === undefined) break;
        known.push(this.send(plan, source));
      }
    }
    for (const { fault, windows } of this.faults)
      for (const plan of stormRequests(fault, windows, limits)) known.push(this.send(plan, undefined));
    return known;
  }

  private send(plan: RequestPlan, source: RequestSource | undefined): Submission {
    const request = new SimulatedRequest(plan);
    if (source !== undefined) this.sourceOf.set(request, source);
    request.sentNs = plan.isRecorded ? this.client.sentNs(plan.intendedNs) : plan.intendedNs;
    if (plan.isRecorded) this.requests.push(request);
    return { atNs: request.sentNs + REQUEST_WAY_NS, request };
  }

  private nextReplica(): Replica | undefined {
    let next: Replica | undefined;
    let nextNs = Infinity;
    for (const replica of this.replicas) {
      const atNs = replica.engine.nextEventNs() ?? Infinity;
      if (atNs < nextNs) {
        next = replica;
        nextNs = atNs;
      }
    }
    return next;
  }

  private createReplica(index: number): Replica {
    const onReading = (gpuIndex: number, reading: GpuReading): void =>
      this.observer?.reading(index, gpuIndex, reading);
    return new Replica(this.scenario, index, { seed: this.seed, onReading });
  }

  private requestLimits(): RequestLimits {
    const { engine, durationNs, replicaCount } = this.scenario;
    const { maxModelTokens, blockTokens } = resolveEngineConfig(
      ENGINE_PROFILES[engine.profile],
      engine.overrides,
    );
    return { seed: this.seed, durationNs, replicaCount, maxModelTokens, blockTokens };
  }

  /** When something that blocks for a time of its own does so, of a replica or of the client. */
  private pulses(
    kind: 'client_blocked' | 'api_blocked',
    replicaIndex: number | undefined,
  ): readonly Window[] {
    return mergeWindows(
      this.faults.flatMap(({ fault, windows }) => {
        const { effect } = fault;
        if (effect.kind !== kind || !befalls(fault, replicaIndex)) return [];
        return windows.map(({ fromNs }) => ({ fromNs, toNs: fromNs + effect.blockNs }));
      }),
    );
  }

  private allActions(): readonly TimedAction[] {
    const actions = this.replicas.flatMap((replica) => this.actionsOn(replica));
    return actions.toSorted((a, b) => a.atNs - b.atNs);
  }

  private actionsOn(replica: Replica): readonly TimedAction[] {
    const own = this.faults.filter(({ fault }) => befalls(fault, replica.replicaIndex));
    return [
      ...engineActions(own, this.scenario, replica),
      ...this.transportActions(replica.replicaIndex, own),
    ];
  }

  /** The way to the client takes its effects anew whenever one begins or ends. */
  private transportActions(replicaIndex: number, faults: readonly TimedFault[]): readonly TimedAction[] {
    const onTheWay = faults.filter(({ fault }) => TRANSPORT_KINDS.has(fault.effect.kind));
    const edges = onTheWay.flatMap(({ windows }) => windows.flatMap(({ fromNs, toNs }) => [fromNs, toNs]));
    return [...new Set(edges.filter((atNs) => atNs !== Infinity))].map((atNs) => ({
      atNs,
      run: () => {
        const active = onTheWay.filter(({ windows }) =>
          windows.some(({ fromNs, toNs }) => fromNs <= atNs && atNs < toNs),
        );
        this.deliveries[replicaIndex]?.use(
          active.map(({ fault }) => ({
            effect: fault.effect,
            key: Math.floor(keyedDraw(this.seed, textKey(fault.id), replicaIndex) * 2 ** 32) | 0,
          })),
        );
      },
    }));
  }
}

const TRANSPORT_KINDS: ReadonlySet<string> = new Set([
  'packet_loss',
  'delayed_ack',
  'output_buffered',
  'tokens_per_chunk',
]);

export function befalls({ replicaIndex }: Fault, index: number | undefined): boolean {
  return replicaIndex === undefined || index === undefined || replicaIndex === index;
}
