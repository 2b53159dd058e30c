import { nextStep, type CapacityAnswer, type MeasuredPoint, type PlannedPoint } from '@fluidscope/capacity';
import type { CapacityReport, CapacityVerdict } from '@fluidscope/report';
import { formatSlo } from '@fluidscope/slo';
import type { CliContext } from '../cli-context.js';
import { atEngine } from '../launch/engine-address.js';
import type { ServedEngine } from '../launch/with-engine.js';
import type { CapacityConfig } from './capacity-config.js';
import { unitOf } from './load-unit.js';
import { PointStore } from './point-store.js';
import { runPoint } from './point-run.js';
import { readPoint, type ReadPoint } from './read-point.js';
import { plannedText, pointText, soFarText } from './search-progress.js';
import { whatBinds } from './what-binds.js';

export interface CapacityPlace {
  /** Where runs are kept and found: searches that differ in their SLO alone share them. */
  readonly folder: string;
  /** The engine that was started for the search; `undefined` where its configuration has a URL. */
  readonly engine: ServedEngine | undefined;
  readonly context: CliContext;
  readonly quiet: boolean;
}

export interface CapacityResult {
  /** `undefined`: a sweep. */
  readonly answer: CapacityAnswer | undefined;
  readonly report: CapacityReport;
  /** Runs that this call made; the others were there. */
  readonly newRunsCount: number;
}

/**
 * One whole search, or sweep: goes on from the runs that its folder has of this configuration, makes what is missing and says what binds. Throws when a run
 * fails, and when it is interrupted; what was finished by then is kept.
 */
export async function searchCapacity(config: CapacityConfig, place: CapacityPlace): Promise<CapacityResult> {
  const run = place.engine === undefined ? config.run : atEngine(config.run, place.engine);
  const context = place.engine?.context ?? place.context;
  const store = await PointStore.open(place.folder, config);
  const points: ReadPoint[] = [];
  for (const kept of await store.kept()) points.push(await readPoint(kept, config));
  const keptCount = points.length;
  if (keptCount > 0 && !place.quiet)
    context.stderr.write(`note: ${keptCount} finished runs found in ${store.folder}\n`);
  for (;;) {
    const step = stepAfter(config, points);
    if (step.kind !== 'measure') {
      const result = await resultOf(config, points, step);
      if (result.answer?.kind === 'nothing_measured') await store.setAside();
      return { ...result, newRunsCount: points.length - keptCount };
    }
    if (!place.quiet) context.stderr.write(`${plannedText(config, step.point, points.length + 1)}\n`);
    const kept = await runPoint(config, step.point, { run, store, context });
    const point = await readPoint(kept, config);
    points.push(point);
    if (!place.quiet) context.stderr.write(`  ${pointText(point, config)}${soFarText(config, points)}\n`);
  }
}

type Step =
  | { readonly kind: 'measure'; readonly point: PlannedPoint }
  | { readonly kind: 'answer'; readonly answer: CapacityAnswer }
  | { readonly kind: 'swept' };

function stepAfter(config: CapacityConfig, points: readonly ReadPoint[]): Step {
  if (points.length > 0 && points.every(({ okCount }) => okCount === 0))
    return { kind: 'answer', answer: { kind: 'nothing_measured' } };
  const measured = points.map((point) => point.measured);
  return config.sweep === undefined
    ? nextStep(config.search, measured)
    : nextSwept(config, config.sweep, measured);
}

function nextSwept(
  { search }: CapacityConfig,
  loads: readonly number[],
  points: readonly MeasuredPoint[],
): Step {
  const load = loads.find(
    (each) => !points.some((point) => point.load === each && point.purpose === 'refine'),
  );
  if (load === undefined) return { kind: 'swept' };
  const seedIndex = 1 + points.filter(({ purpose }) => purpose === 'refine').length;
  return {
    kind: 'measure',
    point: { load, seedIndex, requestCount: 2 * search.steadyCount, purpose: 'refine' },
  };
}

async function resultOf(
  config: CapacityConfig,
  points: readonly ReadPoint[],
  step: Exclude<Step, { kind: 'measure' }>,
): Promise<Omit<CapacityResult, 'newRunsCount'>> {
  const answer = step.kind === 'answer' ? step.answer : undefined;
  const { sweep } = config;
  const counted =
    sweep === undefined ? points : points.filter(({ measured }) => sweep.includes(measured.load));
  const atLoads = counted.filter(isAtLoad);
  const report: CapacityReport = {
    title: config.run.endpoint.model ?? config.run.endpoint.url,
    unit: unitOf(config),
    slo: formatSlo(config.slo),
    terms: config.terms.map(({ name, targetRatio }) => ({ name, targetRatio })),
    verdict: verdictOf(config, answer),
    points: atLoads.map((point) => point.shown).sort((a, b) => a.load - b.load),
    runsCount: counted.length,
    requestsCount: counted.reduce((sum, { measured }) => sum + measured.sentCount, 0),
    elapsedNs: counted.reduce((sum, { measured }) => sum + measured.elapsedNs, 0),
    binding: await bindingOf(config, points, answer),
  };
  return { answer, report };
}

/** A burst is no load: nothing of it belongs into a curve. */
function isAtLoad({ measured }: ReadPoint): boolean {
  return measured.purpose !== 'burst';
}

function bindingOf(
  { diagnoses, terms }: CapacityConfig,
  points: readonly ReadPoint[],
  answer: CapacityAnswer | undefined,
): Promise<CapacityReport['binding']> {
  if (!diagnoses || (answer?.kind !== 'found' && answer?.kind !== 'not_met_at_lowest'))
    return Promise.resolve(undefined);
  const isFull = answer.kind === 'found' && answer.bindingTermIndex === terms.length;
  return whatBinds(points, { load: answer.load, isFull });
}

function verdictOf({ terms, by }: CapacityConfig, answer: CapacityAnswer | undefined): CapacityVerdict {
  if (answer === undefined) return { kind: 'swept' };
  switch (answer.kind) {
    case 'found':
      return {
        kind: 'found',
        load: by === 'concurrency' ? Math.floor(answer.load) : answer.load,
        lowLoad: answer.lowLoad,
        highLoad: answer.highLoad,
        failsFirst: terms[answer.bindingTermIndex]?.name ?? 'the engine cannot keep up with the arrivals',
        shortOf: SHORT_OF[answer.endedBy],
      };
    case 'met_at_highest':
      return {
        kind: answer.kind,
        load: answer.load,
        shortOf: answer.endedBy === 'highest_load' ? undefined : SHORT_OF[answer.endedBy],
      };
    case 'not_met_at_lowest':
      return { kind: answer.kind, load: answer.load };
    case 'nothing_measured':
      return { kind: answer.kind };
  }
}

const SHORT_OF = {
  precision: undefined,
  max_requests: '--max-requests',
  max_duration: '--max-duration',
  max_points: 'the most runs of one search',
} as const;
