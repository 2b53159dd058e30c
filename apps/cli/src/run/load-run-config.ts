import { RATE_LIMIT_PACINGS, STAMP_SOURCE_CHOICES, type LoadSettings } from '@fluidscope/harness';
import { DEFAULT_DEADLINES } from '@fluidscope/metrics';
import { loadTokenizer, type LocalTokenizer } from '@fluidscope/tokenizer';
import {
  approximateTokenCounter,
  DATASET_FORMATS,
  parseDataset,
  type WorkloadSpec,
} from '@fluidscope/workload';
import { createHash } from 'node:crypto';
import { access, constants, readFile } from 'node:fs/promises';
import type { CliContext } from '../cli-context.js';
import { collectProblems } from '../collect-problems.js';
import { FlagReader } from '../flag-reader.js';
import { readPrefillDeadlines } from '../prefill/deadline-flags.js';
import { forEngine } from '../launch/engine-address.js';
import { readRunPage } from '../live/run-page-flags.js';
import { readLaunch } from '../launch/launch-flags.js';
import { readSeries } from '../series/series-flags.js';
import { readGoodput } from '../goodput-flag.js';
import { readAgents } from './agent-flags.js';
import { readEndpoint } from './endpoint-flags.js';
import type { LoadedDataset, RunConfig } from './run-config.js';
import { readPublishedMetrics } from './published-metrics.js';
import { readExportFormat } from './run-export.js';
import type { RunFlags } from './run-flags.js';
import { readPrices } from './price-flags.js';
import { readServerMetricsUrls } from './server-metrics-flags.js';
import { readInFlightCap, readWorkersCount, readWorkload } from './workload-flags.js';
import { readReplicas } from './replica-flags.js';

/** Reads flags, environment and files into a run's configuration; throws `UsageError` with every problem at once. */
export async function loadRunConfig(flags: RunFlags, env: CliContext['env']): Promise<RunConfig> {
  const reader = new FlagReader();
  const launch = readLaunch(reader, flags, env);
  const endpoint = readEndpoint(reader, launch === undefined ? flags : forEngine(flags), env);
  const dataset = await loadDataset(reader, flags);
  const tokenizer = await loadNamedTokenizer(reader, flags.tokenizer);
  const workload = readWorkload(reader, flags, dataset?.rows);
  const prefillDeadlines = await readPrefillDeadlines(reader, flags);
  const settings = readSettings(reader, flags, workload, prefillDeadlines?.rule);
  const slo = readGoodput(reader, flags.goodput);
  const workersCount = readWorkersCount(reader, flags, workload.arrivals);
  const stampSource = reader.choice(
    '--stamp-source',
    flags.stampSource ?? (env['FLUIDSCOPE_STAMP_SOURCE'] || 'auto'),
    STAMP_SOURCE_CHOICES,
  );
  const serverMetricsUrls = readServerMetricsUrls(reader, flags.serverMetrics ?? [], endpoint.url);
  await checkEngineLog(reader, flags.engineLog);
  const caPem = await loadCertificates(reader, endpoint.caPath);
  const agents = readAgents(reader, flags, { env, caPem, insecure: endpoint.insecure });
  const replicas = readReplicas(reader, flags.replica ?? [], agents.urls);
  const prices = readPrices(reader, flags);
  const series = readSeries(reader, flags);
  const publishedMetrics = readPublishedMetrics(reader, flags, env);
  const exportFormat = readExportFormat(reader, flags);
  const livePage = readRunPage(reader, flags, env);
  reader.finish('run');
  return {
    endpoint,
    client: {
      ...endpoint,
      baseUrl: endpoint.url,
      tls: { insecure: endpoint.insecure, ...(caPem === undefined ? {} : { caPem }) },
    },
    stampSource: stampSource ?? 'auto',
    settings,
    workload,
    dataset,
    tokenCounter: tokenizer ?? approximateTokenCounter(),
    prefixTokenCounts: tokenizer && ((pieces) => tokenizer.prefixTokenCounts(pieces)),
    tokenizerPath: flags.tokenizer,
    workersCount,
    serverMetricsUrls,
    engineLogPath: flags.engineLog,
    agents,
    replicas,
    publishedMetrics,
    livePage,
    exportFormat,
    launch,
    launchedEngine: undefined,
    series,
    slo,
    goodputText: flags.goodput,
    prefillProfile: prefillDeadlines?.recorded,
    prices,
  };
}

function readSettings(
  reader: FlagReader,
  flags: RunFlags,
  { arrivals }: WorkloadSpec,
  firstTokenDeadlines: LoadSettings['firstTokenDeadlines'],
): LoadSettings {
  return {
    deadlines: {
      ttftDeadlineNs:
        reader.duration('--ttft-deadline', flags.ttftDeadline) ?? DEFAULT_DEADLINES.ttftDeadlineNs,
      tbtDeadlineNs: reader.duration('--tbt-deadline', flags.tbtDeadline) ?? DEFAULT_DEADLINES.tbtDeadlineNs,
    },
    firstTokenDeadlines,
    rateLimitPacing: reader.choice('--rate-limit-pacing', flags.rateLimitPacing, RATE_LIMIT_PACINGS) ?? 'off',
    ignoreEos: flags.ignoreEos ?? false,
    durationNs: reader.duration('--duration', flags.duration),
    drainLimitNs: reader.limit('--drain', flags.drain),
    maxInFlightCount: readInFlightCap(reader, flags, arrivals),
  };
}

async function loadDataset(reader: FlagReader, flags: RunFlags): Promise<LoadedDataset | undefined> {
  const path = flags.dataset;
  if (path === undefined) {
    if (flags.datasetFormat !== undefined) reader.problem('--dataset-format', 'expected --dataset beside it');
    return undefined;
  }
  const named =
    flags.datasetFormat === undefined
      ? undefined
      : reader.choice('--dataset-format', flags.datasetFormat, DATASET_FORMATS);
  return collectProblems(reader, '--dataset', async () => {
    const bytes = await readFile(path);
    const { format, rows, skippedCount } = parseDataset(bytes.toString('utf8'), named ?? 'auto', path);
    return {
      source: { path, format, sha256: createHash('sha256').update(bytes).digest('hex') },
      rows,
      skippedCount,
    };
  });
}

async function loadCertificates(reader: FlagReader, path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : collectProblems(reader, '--ca', () => readFile(path, 'utf8'));
}

/** It need not be there before the load, but a wrong name is found out before, not after. */
async function checkEngineLog(reader: FlagReader, path: string | undefined): Promise<void> {
  if (path !== undefined) await collectProblems(reader, '--engine-log', () => access(path, constants.R_OK));
}

async function loadNamedTokenizer(
  reader: FlagReader,
  path: string | undefined,
): Promise<LocalTokenizer | undefined> {
  return path === undefined ? undefined : collectProblems(reader, '--tokenizer', () => loadTokenizer(path));
}
