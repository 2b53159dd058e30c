import type { PlannedPoint, PointOutcome } from '@fluidscope/capacity';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { CapacityConfig } from './capacity-config.js';
import { recordedRunConfig } from '../run/recorded-run-config.js';

/** What the trace of a point does not say of it. */
export interface KeptPoint {
  readonly planned: PlannedPoint;
  readonly sendingEndedNs: number;
  readonly stoppedBy: PointOutcome['stoppedBy'];
  readonly tracePath: string;
}

const keptSchema = z.object({
  trace: z.string(),
  load: z.number().positive(),
  seed_index: z.int().nonnegative(),
  request_count: z.int().positive(),
  purpose: z.enum(['burst', 'bracket', 'refine']),
  sending_ended_ns: z.number(),
  stopped_by: z.enum(['saturation', 'certainty']).optional(),
});

/**
 * The finished runs of one configuration in a folder of their own, in the order in which they were made. Rules:
 *
 * 1. A run counts once its `.json` is there, which is renamed into place after its trace: a kill leaves a run whole or absent.
 * 2. The folder's name is a hash of everything that decides what a run measures, and of nothing else: not of the SLO and its deadlines, which are
 *    judged afterwards. Another SLO finds the same runs.
 */
export class PointStore {
  private constructor(
    readonly folder: string,
    private count: number,
  ) {}

  static async open(folder: string, config: CapacityConfig): Promise<PointStore> {
    const own = join(folder, `points-${configurationKey(config)}`);
    await mkdir(own, { recursive: true });
    for (const name of await readdir(own)) if (name.startsWith('unfinished')) await rm(join(own, name));
    return new PointStore(own, 0);
  }

  /** The runs that are there. */
  async kept(): Promise<readonly KeptPoint[]> {
    const names = (await readdir(this.folder)).filter((name) => /^\d+\.json$/.test(name)).sort();
    this.count = names.length;
    return Promise.all(names.map((name) => this.read(name)));
  }

  /** Where the next run's trace is written until it is kept. */
  get unfinishedPath(): string {
    return join(this.folder, 'unfinished.duckdb');
  }

  async keep(point: Omit<KeptPoint, 'tracePath'>): Promise<KeptPoint> {
    this.count += 1;
    const name = String(this.count).padStart(4, '0');
    const tracePath = join(this.folder, `${name}.duckdb`);
    await rename(this.unfinishedPath, tracePath);
    const { planned, sendingEndedNs, stoppedBy } = point;
    const text = JSON.stringify({
      trace: `${name}.duckdb`,
      load: planned.load,
      seed_index: planned.seedIndex,
      request_count: planned.requestCount,
      purpose: planned.purpose,
      sending_ended_ns: sendingEndedNs,
      stopped_by: stoppedBy,
    });
    const unfinished = join(this.folder, 'unfinished.json');
    await writeFile(unfinished, `${text}\n`);
    await rename(unfinished, join(this.folder, `${name}.json`));
    return { ...point, tracePath };
  }

  /** Runs in which nothing answered tell nothing: kept, they would be the answer again once the reason is mended. Keeps the trace of one. */
  async setAside(): Promise<string> {
    const asidePath = join(this.folder, 'nothing-measured.duckdb');
    for (const name of await readdir(this.folder)) {
      if (name === '0001.duckdb') await rename(join(this.folder, name), asidePath);
      else if (/^\d+\./.test(name)) await rm(join(this.folder, name));
    }
    this.count = 0;
    return asidePath;
  }

  private async read(name: string): Promise<KeptPoint> {
    const kept = keptSchema.parse(JSON.parse(await readFile(join(this.folder, name), 'utf8')));
    return {
      planned: {
        load: kept.load,
        seedIndex: kept.seed_index,
        requestCount: kept.request_count,
        purpose: kept.purpose,
      },
      sendingEndedNs: kept.sending_ended_ns,
      stoppedBy: kept.stopped_by,
      tracePath: join(this.folder, kept.trace),
    };
  }
}

/** Fields of a recorded configuration that decide nothing of what a run measures, or that are each point's own. */
const LEFT_OUT = new Set([
  'ttft_deadline_ns',
  'tbt_deadline_ns',
  'goodput',
  'prices',
  'launched_engine',
  'agents',
  'server_metrics',
]);

function configurationKey({ run, by }: CapacityConfig): string {
  const recorded = recordedRunConfig(run, { source: 'user', asked: run.stampSource, warnings: [] });
  const engine = run.launch && {
    template: run.launch.template,
    values: run.launch.values,
    env: run.launch.env,
  };
  const identity = {
    by,
    version: 1,
    ...Object.fromEntries(Object.entries(recorded ?? {}).filter(([name]) => !LEFT_OUT.has(name))),
    ...(engine === undefined ? {} : { url: undefined, engine }),
  };
  return createHash('sha256').update(canonicalJson(identity)).digest('hex').slice(0, 16);
}

/** The same text for the same value, whatever the order in which it was made (as RFC 8785 sorts). */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}
