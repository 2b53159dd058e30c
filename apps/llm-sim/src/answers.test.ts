import { approximateTokenCounter } from '@fluidscope/workload';
import { describe, expect, it } from 'vitest';
import {
  AT_ONCE,
  chatBody,
  CHAT,
  COMPLETIONS,
  eventData,
  parsedEvents,
  post,
  withSim,
} from './testing/sim-client.js';

describe('chat, streamed', () => {
  it('goes role, one token an event, finish, usage, end mark', async () => {
    await withSim({ ...AT_ONCE, model: 'm' }, async (sim) => {
      const body = chatBody({
        max_tokens: 2,
        ignore_eos: true,
        stream: true,
        stream_options: { include_usage: true },
      });
      const response = await post(sim, CHAT, body);
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      const text = await response.text();
      const [first] = parsedEvents(text) as { id: string; created: number }[];
      const common = { id: first?.id, object: 'chat.completion.chunk', created: first?.created, model: 'm' };
      const choice = (delta: object) => ({ index: 0, delta, logprobs: null, finish_reason: null });
      expect(parsedEvents(text)).toEqual([
        { ...common, choices: [choice({ role: 'assistant', content: '' })] },
        { ...common, choices: [choice({ content: ' the' })] },
        { ...common, choices: [choice({ content: ' engine' })] },
        { ...common, choices: [{ ...choice({ content: '' }), finish_reason: 'length', stop_reason: null }] },
        { ...common, choices: [], usage: { prompt_tokens: 5, total_tokens: 7, completion_tokens: 2 } },
      ]);
      expect(first?.id).toMatch(/^chatcmpl-[0-9a-f]{32}$/);
      expect(eventData(text).at(-1)).toBe('[DONE]');
    });
  });

  it('counts in every event when asked to', async () => {
    await withSim(AT_ONCE, async (sim) => {
      const stream_options = { include_usage: true, continuous_usage_stats: true };
      const body = chatBody({ max_tokens: 60, ignore_eos: true, stream: true, stream_options });
      const events = parsedEvents(await (await post(sim, CHAT, body)).text()) as {
        usage: { completion_tokens: number };
      }[];
      const upTo60 = Array.from({ length: 61 }, (_, tokens) => tokens);
      expect(events.map(({ usage }) => usage.completion_tokens)).toEqual([...upTo60, 60, 60]);
    });
  });

  it('says nothing of usage when not asked to', async () => {
    await withSim(AT_ONCE, async (sim) => {
      const text = await (await post(sim, CHAT, chatBody({ max_tokens: 3, stream: true }))).text();
      expect(text).not.toContain('usage');
    });
  });
});

it('completions stream texts without a role event', async () => {
  await withSim(AT_ONCE, async (sim) => {
    const body = { prompt: 'hello', max_tokens: 2, ignore_eos: true, stream: true };
    const events = parsedEvents(await (await post(sim, COMPLETIONS, body)).text()) as {
      id: string;
      object: string;
      choices: unknown[];
    }[];
    expect(events[0]?.id).toMatch(/^cmpl-/);
    expect(events.map(({ object }) => object)).toEqual(Array(3).fill('text_completion'));
    expect(events.map(({ choices }) => choices)).toEqual([
      [{ index: 0, text: ' the', logprobs: null, finish_reason: null }],
      [{ index: 0, text: ' engine', logprobs: null, finish_reason: null }],
      [{ index: 0, text: '', logprobs: null, finish_reason: 'length', stop_reason: null }],
    ]);
  });
});

describe('whole answers', () => {
  it('have the text that the stream has, and the usage', async () => {
    await withSim(AT_ONCE, async (sim) => {
      const limits = { max_tokens: 100, ignore_eos: true };
      const streamed = parsedEvents(
        await (await post(sim, CHAT, chatBody({ ...limits, stream: true }))).text(),
      );
      const text = (streamed as { choices: { delta: { content: string } }[] }[])
        .map(({ choices }) => choices[0]?.delta.content ?? '')
        .join('');
      const whole: unknown = await (await post(sim, CHAT, chatBody(limits))).json();
      expect(whole).toMatchObject({
        object: 'chat.completion',
        choices: [{ message: { role: 'assistant', content: text }, finish_reason: 'length' }],
        usage: { prompt_tokens: 5, completion_tokens: 100, total_tokens: 105 },
      });
      expect(approximateTokenCounter().countTokens(text)).toBe(100);
    });
  });

  it('work for completions', async () => {
    await withSim(AT_ONCE, async (sim) => {
      const whole: unknown = await (
        await post(sim, COMPLETIONS, { prompt: [5, 6, 7], ignore_eos: true })
      ).json();
      expect(whole).toMatchObject({
        object: 'text_completion',
        choices: [{ index: 0, finish_reason: 'length' }],
        usage: { prompt_tokens: 3, completion_tokens: 16, total_tokens: 19 },
      });
    });
  });
});

describe('the length of an answer', () => {
  async function completionTokens(fields: object, seed = 0): Promise<number | undefined> {
    return withSim({ ...AT_ONCE, seed }, async (sim) => {
      const whole = (await (await post(sim, CHAT, chatBody(fields))).json()) as {
        usage: { completion_tokens: number };
      };
      return whole.usage.completion_tokens;
    });
  }

  it('is max_tokens or max_completion_tokens when the end is ignored', async () => {
    expect(await completionTokens({ max_tokens: 33, ignore_eos: true })).toBe(33);
    expect(await completionTokens({ max_completion_tokens: 34, ignore_eos: true })).toBe(34);
  });

  it('is else the same for the same request and seed, and another for another', async () => {
    const first = await completionTokens({});
    expect(await completionTokens({})).toBe(first);
    expect(await completionTokens({}, 1)).not.toBe(first);
    expect(await completionTokens({ seed: 8 })).not.toBe(first);
    expect(await completionTokens({ max_tokens: 5_000, min_tokens: 4_000 })).toBe(4_000);
  });
});
