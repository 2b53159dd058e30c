import { createHash } from 'node:crypto';
import type {
  FlagValue,
  Matrix,
  MatrixEngine,
  MatrixModel,
  MatrixSlo,
  MatrixWorkload,
} from './matrix-schema.js';

/** One search: an engine, a model, a workload, an SLO. */
export interface MatrixCell {
  readonly engine: MatrixEngine;
  readonly model: MatrixModel;
  readonly workload: MatrixWorkload;
  readonly slo: MatrixSlo;
  /** Changes with anything that the cell's answer depends on. */
  readonly key: string;
  /** Of its engine's entry. */
  readonly enginePath: Path;
  /** Flags of `fluidscope capacity` with where each came from in the file. */
  readonly flags: ReadonlyMap<string, CellFlag>;
}

type Path = readonly (string | number)[];

export interface CellFlag {
  readonly value: FlagValue;
  readonly path: Path;
}

const LAUNCH_KEYS = ['launch', 'args', 'health', 'port', 'timeout', 'grace', 'shell'] as const;

/** All cells, engine by engine and model by model, so that an engine is started once for those it serves. */
export function matrixCells(matrix: Matrix): readonly MatrixCell[] {
  const { engines, models, workloads, slos } = matrix;
  return engines.flatMap((engine, engineIndex) =>
    models.flatMap((model, modelIndex) =>
      workloads.flatMap((workload, workloadIndex) =>
        slos.map((slo, sloIndex): MatrixCell => {
          const flags = new Map<string, CellFlag>([
            ...flagsOf(matrix.search ?? {}, ['search']),
            ...engineFlags(engine, ['engines', engineIndex]),
            ...modelFlags(engine, model, ['models', modelIndex]),
            ...flagsOf(workload.flags, ['workloads', workloadIndex]),
            ['slo', { value: slo.slo, path: ['slos', sloIndex, 'slo'] }],
          ]);
          return {
            engine,
            model,
            workload,
            slo,
            key: keyOf({ engine, model, workload, slo, search: matrix.search }),
            enginePath: ['engines', engineIndex],
            flags,
          };
        }),
      ),
    ),
  );
}

/** `chunked / llama / chat / interactive`. */
export function cellName({ engine, model, workload, slo }: MatrixCell): string {
  return [engine.name, model.name, workload.name, slo.name].join(' / ');
}

/** The command line that its flags are. `env` of an engine is as many `--launch-env`. */
export function cellArgs({ flags, engine }: MatrixCell): readonly string[] {
  const args = [...flags].flatMap(([name, { value }]) =>
    value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );
  const env = 'launch' in engine ? Object.entries(engine.env ?? {}) : [];
  return [...args, ...env.flatMap(([name, value]) => ['--launch-env', `${name}=${value}`])];
}

function flagsOf(flags: Readonly<Record<string, FlagValue>>, path: Path): [string, CellFlag][] {
  return Object.entries(flags).map(([key, value]) => [key, { value, path: [...path, key] }]);
}

function engineFlags(engine: MatrixEngine, path: Path): [string, CellFlag][] {
  if (!('launch' in engine))
    return [['url', { value: engine.url, path: [...path, 'url'] }], ...flagsOf(engine.flags, path)];
  const own = LAUNCH_KEYS.flatMap((key): [string, CellFlag][] => {
    const value = engine[key];
    return value === undefined
      ? []
      : [[key === 'launch' ? key : `launch-${key}`, { value, path: [...path, key] }]];
  });
  return [...own, ...flagsOf(engine.flags, path)];
}

function modelFlags(engine: MatrixEngine, model: MatrixModel, path: Path): [string, CellFlag][] {
  const loaded: [string, CellFlag][] =
    model.path !== undefined && 'launch' in engine
      ? [['launch-model', { value: model.path, path: [...path, 'path'] }]]
      : [];
  return [
    ['model', { value: model.name, path: [...path, 'name'] }],
    ...loaded,
    ...flagsOf(model.flags, path),
  ];
}

function keyOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
