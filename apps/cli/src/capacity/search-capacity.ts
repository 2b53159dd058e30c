import { nextStep, type CapacityAnswer, type MeasuredPoint, type PlannedPoint } from '@fluidscope/capacity';
import type { CapacityReport, CapacityVerdict } from '@fluidscope/report';
import { loadText } from '@fluidscope/report';
import { formatSlo } from '@fluidscope/slo';
import { formatDuration, durationNs } from '@fluidscope/units';
import type { CliContext } from '../cli-context.js';
import { atEngine } from '../launch/engine-address.js';
import type { ServedEngine } from '../launch/with-engine.js';
import type { CapacityConfig } from './capacity-config.js';
import { PointStore } from './point-store.js';
import { runPoint } from './point-run.js';
import { readPoint, type ReadPoint } from './read-point.js';
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
    if (!place.quiet) context.stderr.write(`${progressText(config, step.point, points.length + 1)}\n`);
    const kept = await runPoint(config, step.point, { run, store, context });
    const point = await readPoint(kept, config);
    points.push(point);
    if (!place.quiet) context.stderr.write(`  ${pointText(point, config)}\n`);
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
  const shown = sweep === undefined ? points : points.filter(({ measured }) => sweep.includes(measured.load));
  const report: CapacityReport = {
    title: config.run.endpoint.model ?? config.run.endpoint.url,
    unit: unitOf(config),
    slo: formatSlo(config.slo),
    terms: config.terms.map(({ name, targetRatio }) => ({ name, targetRatio })),
    verdict: verdictOf(config, answer),
    points: shown.map((point) => point.shown).sort((a, b) => a.load - b.load),
    runsCount: shown.length,
    requestsCount: shown.reduce((sum, { measured }) => sum + measured.sentCount, 0),
    elapsedNs: shown.reduce((sum, { measured }) => sum + measured.elapsedNs, 0),
    binding: await bindingOf(config, points, answer),
  };
  return { answer, report };
}

function bindingOf(
  { diagnoses }: CapacityConfig,
  points: readonly ReadPoint[],
  answer: CapacityAnswer | undefined,
): Promise<CapacityReport['binding']> {
  const isKnown = answer?.kind === 'found' || answer?.kind === 'not_met_at_lowest';
  return diagnoses && isKnown ? whatBinds(points, answer.load) : Promise.resolve(undefined);
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

export function unitOf({ by }: Pick<CapacityConfig, 'by'>): string {
  return by === 'concurrency' ? 'requests in flight' : 'requests/s';
}

function progressText(
  config: CapacityConfig,
  { load, requestCount, purpose }: PlannedPoint,
  runNumber: number,
): string {
  const takesNs = config.by === 'concurrency' ? undefined : durationNs(Math.round(requestCount / load) * 1e9);
  const takes = takesNs === undefined ? '' : `, up to ${formatDuration(takesNs)}`;
  const why = purpose === 'bracket' ? 'where to look' : 'evidence';
  return `run ${runNumber} (${why}): ${loadText(load)} ${unitOf(config)}, ${requestCount} requests${takes}`;
}

function pointText({ measured, shown }: ReadPoint, { terms }: CapacityConfig): string {
  const shares = terms.map(({ name }, index) => {
    const ratio = shown.termRatios[index];
    return `${name}: ${ratio === undefined ? '-' : `${(100 * ratio).toFixed(2)} %`}`;
  });
  return `${measured.verdict.replace('_', ' ')}; ${shares.join(', ')}`;
}
