// Fluidscope's own client as a library: what `fluidscope run` reads streams with, without the trace and the metrics.
// usage: node llm-client.mjs URL MODEL STREAMS TOKENS OUT
import { createRunClock } from '@fluidscope/harness';
import { createLlmClient } from '@fluidscope/llm-client';
import { beginOneAMillisecond } from './begin-times.mjs';
import { finish } from './finish.mjs';

const [baseUrl = '', model, streamsText, tokensText, out = ''] = process.argv.slice(2);
const clock = createRunClock();
const client = createLlmClient({
  baseUrl,
  model,
  endpointType: 'chat',
  apiKey: undefined,
  headers: {},
  extraBody: {},
  clock,
  timeouts: {
    connectTimeoutNs: undefined,
    firstByteTimeoutNs: undefined,
    idleTimeoutNs: undefined,
    totalTimeoutNs: undefined,
  },
});

async function readStream(index) {
  const stampsNs = [];
  const request = {
    requestId: `r${index}`,
    prompt: { kind: 'text', text: 'Say something.' },
    maxOutputTokens: Number(tokensText),
    ignoreEos: true,
  };
  const observer = {
    onSent: () => {},
    onChunk: (chunk) => {
      if (chunk.kind === 'content') stampsNs.push(Number(clock.startedMonoNs) + chunk.arrivalNs);
    },
  };
  const outcome = await client.send(request, observer, new AbortController().signal);
  if (outcome.status !== 'ok') throw new Error(`${outcome.errorCode}: ${outcome.errorMessage}`);
  return { responseId: outcome.responseId, stampsNs };
}

const startUsage = process.resourceUsage();
const streams = await beginOneAMillisecond(Number(streamsText), readStream);
finish({ out, startUsage, streams });
await client.close();
