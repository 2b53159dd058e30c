import { startLlmSim, type LlmSim } from '../start-llm-sim.js';
import type { LlmSimOptions } from '../options.js';

/** Tokens come at once: nothing in these tests waits for a schedule unless it says so. */
export const AT_ONCE: LlmSimOptions = { engine: { kind: 'fixed', ttftNs: 0, tbtNs: 0 } };

/** A first token at once and the second in an hour: streams that stay open until the test ends them. */
export const STALLED: LlmSimOptions = {
  engine: { kind: 'fixed', ttftNs: 0, tbtNs: 3_600_000_000_000 },
};

export async function withSim<T>(options: LlmSimOptions, use: (sim: LlmSim) => Promise<T>): Promise<T> {
  const sim = await startLlmSim(options);
  try {
    return await use(sim);
  } finally {
    await sim.close();
  }
}

export function post(sim: LlmSim, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(sim.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

export const CHAT = '/v1/chat/completions';
export const COMPLETIONS = '/v1/completions';

export function chatBody(fields: object = {}): object {
  return { messages: [{ role: 'user', content: 'hello to all of you' }], ...fields };
}

/** The data of each event, in order. */
export function eventData(text: string): string[] {
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''));
}

export function parsedEvents(text: string): unknown[] {
  return eventData(text)
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data) as unknown);
}

/** The value of one series of the metrics page. */
export async function metric(sim: LlmSim, name: string): Promise<number | undefined> {
  const page = await (await fetch(`${sim.url}/metrics`)).text();
  const line = page.split('\n').find((each) => each.startsWith(`${name}{`));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
}

/** Polls the metrics page until the series has the value. */
export async function untilMetric(sim: LlmSim, name: string, value: number): Promise<void> {
  while ((await metric(sim, name)) !== value) await new Promise((resolve) => setTimeout(resolve, 5));
}
