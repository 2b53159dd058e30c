import type { RequestEnd, RequestStart } from '@fluidscope/trace-schema';
import { durationNs, runNs } from '@fluidscope/units';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { OtlpPush, RunMetrics, serveMetrics, type OtlpPushOptions } from './index.js';

const ENDPOINT = { model: 'a/model "7b"', url: 'https://llm.example/v1', endpointType: 'chat' };

function start(requestIndex: number, phase: RequestStart['phase'] = 'measured'): RequestStart {
  return {
    requestIndex,
    phase,
    intendedNs: runNs(0),
    sentNs: runNs(2_000_000),
    promptTokens: 100,
    promptTokensSource: undefined,
    maxOutputTokens: undefined,
    workerIndex: 0,
  };
}

function end(requestIndex: number, fields: Partial<RequestEnd> = {}): RequestEnd {
  return {
    requestIndex,
    status: 'ok',
    errorCode: undefined,
    httpStatus: undefined,
    errorMessage: undefined,
    responseId: undefined,
    finishReason: 'stop',
    firstChunkNs: runNs(50_000_000),
    endedNs: runNs(901_000_000),
    outputTokens: 20,
    tokenCountSource: 'server_usage',
    usagePromptTokens: undefined,
    usageOutputTokens: undefined,
    ttftNs: durationNs(50_000_000),
    ttftFromSentNs: durationNs(48_000_000),
    ttftVisibleNs: durationNs(50_000_000),
    tpotMeanNs: durationNs(44_000_000),
    endToEndNs: durationNs(900_000_000),
    fluidityIndex: 0.9,
    tokenFluidityIndex: 0.9,
    decodeFluidityIndex: 0.9,
    missedDeadlinesCount: 2,
    totalDeadlinesCount: 20,
    minTbtDeadlineNs: undefined,
    ...fields,
  };
}

const FAILED = {
  status: 'error',
  errorCode: 'timeout_total',
  outputTokens: undefined,
  ttftNs: undefined,
  tpotMeanNs: undefined,
  endToEndNs: undefined,
  missedDeadlinesCount: undefined,
  totalDeadlinesCount: undefined,
} as const;

/** One that ended well, one that failed, one in flight, one of the warm-up. */
function measured(): RunMetrics {
  const metrics = new RunMetrics(ENDPOINT);
  metrics.addStarts([start(0), start(1), start(2), start(3, 'warmup')]);
  metrics.addEnds([end(0), end(1, FAILED), end(3)]);
  return metrics;
}

/** The lines of a page that begin with a name, their common labels left out. */
async function linesOf(metrics: RunMetrics, name: string): Promise<readonly string[]> {
  const page = await serveMetrics(metrics, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => page.close());
  const text = await (await fetch(page.url)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .map((line) =>
      line.replace(/gen_ai_(operation|provider|request)_\w+="(\\.|[^"\\])*",?|server_\w+="[^"]*",?/g, ''),
    );
}

describe('the page', () => {
  it('has the conventions’ metrics of measured requests, and ours', async () => {
    const metrics = measured();
    const ttft = 'gen_ai_server_time_to_first_token_seconds';
    expect(await linesOf(metrics, `${ttft}_sum`)).toEqual([`${ttft}_sum{} 0.05`]);
    expect(await linesOf(metrics, `${ttft}_count`)).toEqual([`${ttft}_count{} 1`]);
    const usage = 'gen_ai_client_token_usage_tokens_sum';
    expect(await linesOf(metrics, usage)).toEqual([
      `${usage}{gen_ai_token_type="input"} 100`,
      `${usage}{gen_ai_token_type="output"} 20`,
    ]);
    expect(await linesOf(metrics, 'fluidscope_requests_total')).toEqual([
      'fluidscope_requests_total{status="ok"} 1',
      'fluidscope_requests_total{error_type="timeout_total",status="error"} 1',
    ]);
    expect(await linesOf(metrics, 'fluidscope_deadlines_missed_total')).toEqual([
      'fluidscope_deadlines_missed_total{} 2',
    ]);
    expect(await linesOf(metrics, 'fluidscope_requests_in_flight')).toEqual([
      'fluidscope_requests_in_flight_count{} 1',
    ]);
  });

  it('names the model and the server, hostile texts escaped', async () => {
    const text = await measured().registry.metrics();
    expect(text).toContain('gen_ai_request_model="a/model \\"7b\\""');
    expect(text).toContain('server_address="llm.example",server_port="443"');
    expect(text).toContain('gen_ai_operation_name="chat",gen_ai_provider_name="openai"');
  });

  it('grows with the kinds of failures and with nothing else', async () => {
    const metrics = new RunMetrics(ENDPOINT);
    const linesCount = async (): Promise<number> => (await metrics.registry.metrics()).split('\n').length;
    metrics.addStarts([start(0)]);
    metrics.addEnds([end(0)]);
    const before = await linesCount();
    for (let index = 1; index < 500; index += 1) {
      metrics.addStarts([start(index)]);
      metrics.addEnds([end(index, { responseId: `id-${index}`, errorMessage: `text ${index}` })]);
    }
    expect(await linesCount()).toBe(before);
  });

  it('answers nothing else, and says where that cannot be listened on', async () => {
    const page = await serveMetrics(measured(), { host: '127.0.0.1', port: 0 });
    onTestFinished(() => page.close());
    expect((await fetch(new URL('/', page.url))).status).toBe(404);
    expect((await fetch(page.url, { method: 'POST' })).status).toBe(404);
    const port = Number(new URL(page.url).port);
    await expect(serveMetrics(measured(), { host: '127.0.0.1', port })).rejects.toMatchObject({
      exitStatus: 2,
    });
  });
});

interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** A receiver of OTLP that answers with `status`. */
async function receiver(status = 200): Promise<{ readonly url: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(parts).toString());
      received.push({ path: request.url, headers: request.headers, body });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

function pushing(metrics: RunMetrics, endpoint: string, more: Partial<OtlpPushOptions> = {}): OtlpPush {
  return new OtlpPush(metrics, {
    endpoint,
    resource: { runId: 'run-1', version: '0.1.0', startedWallNs: 1_700_000_000_000_000_000n },
    nowWallNs: () => 1_700_000_001_000_000_000n,
    onFailure: () => undefined,
    ...more,
  });
}

describe('a push', () => {
  it('gives a receiver what the page has, in OTLP’s names', async () => {
    const { url, received } = await receiver();
    await pushing(measured(), url, { headers: { authorization: 'Bearer x' } }).stop();
    expect(received).toHaveLength(1);
    const [{ path, headers, body } = { path: '', headers: {}, body: {} }] = received;
    expect([path, headers['content-type'], headers.authorization]).toEqual([
      '/v1/metrics',
      'application/json',
      'Bearer x',
    ]);
    const { resourceMetrics } = body as {
      resourceMetrics: readonly { scopeMetrics: readonly { metrics: readonly object[] }[] }[];
    };
    const metrics = resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? [];
    expect(resourceMetrics[0]).toMatchObject({
      resource: {
        attributes: expect.arrayContaining([
          { key: 'service.name', value: { stringValue: 'fluidscope' } },
        ]) as unknown,
      },
    });
    const duration = metrics.find(
      (metric) => 'name' in metric && metric.name === 'gen_ai.client.operation.duration',
    );
    expect(duration).toMatchObject({ unit: 's', histogram: { aggregationTemporality: 2 } });
    const [ok, failed] = (duration as { histogram: { dataPoints: readonly Point[] } }).histogram.dataPoints;
    expect(ok).toMatchObject({
      count: '1',
      sum: 0.9,
      startTimeUnixNano: '1700000000000000000',
      timeUnixNano: '1700000001000000000',
    });
    // Between two bounds, not below one: 0.9 s lies in the bucket up to 1.28 s.
    expect(ok?.bucketCounts[ok.explicitBounds.indexOf(1.28)]).toBe('1');
    expect(ok?.bucketCounts.filter((count) => count !== '0')).toHaveLength(1);
    expect(ok?.bucketCounts).toHaveLength((ok?.explicitBounds.length ?? 0) + 1);
    expect(failed?.attributes).toContainEqual({ key: 'error.type', value: { stringValue: 'timeout_total' } });
    expect(failed?.attributes).toContainEqual({ key: 'server.port', value: { intValue: '443' } });
  });

  it('that fails is told once, counted, and tried again', async () => {
    const { url, received } = await receiver(503);
    const metrics = measured();
    const onFailure = vi.fn<(message: string) => void>();
    const push = pushing(metrics, url, { onFailure, intervalMs: 5 });
    while (received.length < 3) await wait(2);
    await push.stop();
    expect(onFailure).toHaveBeenCalledOnce();
    expect(onFailure.mock.calls[0]?.[0]).toContain(`${url}/v1/metrics: it answered 503`);
    const text = await metrics.registry.metrics();
    expect(Number(/^fluidscope_otlp_push_failures_total\{.*\} (\d+)$/m.exec(text)?.[1])).toBe(
      received.length,
    );
  });

  it('to nobody ends, with the reason', async () => {
    const onFailure = vi.fn<(message: string) => void>();
    const page = await serveMetrics(measured(), { host: '127.0.0.1', port: 0 });
    await page.close();
    await pushing(measured(), new URL(page.url).origin, { onFailure }).stop();
    expect(onFailure.mock.calls[0]?.[0]).toMatch(/could not be pushed to .*\/v1\/metrics: .*ECONNREFUSED/);
  });

  it('that is not answered is given up', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const onFailure = vi.fn<(message: string) => void>();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await pushing(measured(), url, { onFailure, timeoutMs: 20 }).stop();
    expect(onFailure).toHaveBeenCalledOnce();
  });
});

interface Point {
  readonly attributes: readonly unknown[];
  readonly explicitBounds: readonly number[];
  readonly bucketCounts: readonly string[];
}
