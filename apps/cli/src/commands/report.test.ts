import { parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import { createTraceWriter } from '@fluidscope/trace-store';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { runInMemory } from '../testing/run-in-memory.js';

const SCENARIO = parseScenario(`
name: pauses
duration: 5s
deadlines: { ttft: 300ms, tbt: 10ms }
load: { arrivals: { kind: poisson, rate: 4 }, prompt_tokens: 300, output_tokens: 100 }
faults:
  - { kind: engine_pause, at: 2s, every: 2s, pause: 400ms }
`);

let folder: string;
let trace: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluidscope-report-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  trace = join(folder, 'run.duckdb');
  await runScenario(SCENARIO, 1, await createTraceWriter(trace, runStartOf(SCENARIO, 1)));
});

describe('fluidscope report', { timeout: 60_000 }, () => {
  it('writes one page from a trace file, and says where and how large', async () => {
    const page = join(folder, 'page.html');
    const { status, stdout } = await runInMemory(['report', trace, '-o', page, '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ path: page, bytes: statSync(page).size });
    const markup = readFileSync(page, 'utf8');
    expect(markup.startsWith('<!doctype html>')).toBe(true);
    expect(markup.match(/data-episode="e\d+"/g)?.length).toBeGreaterThan(0);
  });

  it('names the page after the trace unless told', async () => {
    const { stdout } = await runInMemory(['report', trace]);
    expect(stdout).toMatch(/run\.html {2}\d+\.\d MB\n$/);
    expect(existsSync(join(folder, 'run.html'))).toBe(true);
  });

  it('replaces a page only with --force', async () => {
    const page = join(folder, 'page.html');
    writeFileSync(page, 'mine');
    const refused = await runInMemory(['report', trace, '-o', page]);
    expect([refused.status, readFileSync(page, 'utf8')]).toEqual([2, 'mine']);
    expect(refused.stderr).toContain('--force');
    expect((await runInMemory(['report', trace, '-o', page, '--force'])).status).toBe(0);
    expect(readFileSync(page, 'utf8')).not.toBe('mine');
  });

  it('says so when the page cannot be written', async () => {
    const { status, stderr } = await runInMemory(['report', trace, '-o', join(folder, 'no', 'page.html')]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('Expected to write the report to')]);
  });

  it('is Markdown on stdout for the summary of a CI job, judged by other deadlines where asked', async () => {
    const { status, stdout } = await runInMemory(['report', trace, '--format', 'markdown']);
    expect(status).toBe(0);
    const [, missed] = /^### Fluidity-index 0\.\d{4}.*: (\d+) of \d+ deadlines missed\n/.exec(stdout) ?? [];
    expect(Number(missed)).toBeGreaterThan(0);
    expect(stdout).toContain('| TTFT, ms |');
    const lenient = ['--ttft-deadline', '1m', '--tbt-deadline', '1m'];
    const judged = await runInMemory(['report', trace, '--format', 'markdown', ...lenient]);
    expect(judged.stdout).toMatch(/^### Fluidity-index 1\.0000.*: 0 of /);
    expect(judged.stdout).toContain('deadlines: first token 60.0 s, later ones 60.0 s');
  });

  it('is text, with charts on a terminal alone: Unicode where its locale has it', async () => {
    const args = ['report', trace, '--format', 'text'];
    const plain = (await runInMemory(args)).stdout;
    expect(plain).toContain('Fluidity\n  fluidity-index');
    expect(plain).not.toContain('Times between tokens');
    const ascii = (await runInMemory(args, { columns: 80, env: { LANG: 'C' } })).stdout;
    expect(ascii).toMatch(/missed +!/);
    expect(ascii).not.toMatch(/[▁-█]/);
    const unicode = (await runInMemory(args, { columns: 80, env: { LANG: 'en_GB.UTF-8' } })).stdout;
    expect(unicode).toMatch(/worst +[▁-█ ]+\n {2}missed +▲/);
  });

  it('reports every wrong flag at once', async () => {
    const wrong = ['--format', 'pdf', '--ttft-deadline', '300', '--tbt-deadline', '0ms'];
    const { status, stderr } = await runInMemory(['report', trace, ...wrong]);
    expect(status).toBe(2);
    expect(stderr).toContain('--format: expected one of html, markdown, text but received "pdf"');
    expect(stderr).toContain('--ttft-deadline: ');
    expect(stderr).toContain('--tbt-deadline: expected a time above 0');
  });

  it('refuses what is no trace', async () => {
    const { status, stderr } = await runInMemory(['report', join(folder, 'none.duckdb')]);
    expect(status).toBe(2);
    expect(stderr).toContain('none.duckdb');
  });
});
