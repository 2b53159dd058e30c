// Fluidscope's own client as a library: what `fluidscope run` reads streams with, without the trace and the metrics.
// usage: node llm-client.mjs kernel|user URL MODEL STREAMS TOKENS OUT
import { createLoadClient, createRunClock } from '@fluidscope/harness';
import { beginOneAMillisecond } from './begin-times.mjs';
import { finish } from './finish.mjs';

const [stampSource, baseUrl = '', model, streamsText, tokensText, out = ''] = process.argv.slice(2);
const clock = createRunClock();
const client = createLoadClient({
  stampSource,
  clock,
  client: {
    baseUrl,
    model,
    endpointType: 'chat',
    apiKey: undefined,
    headers: {},
    extraBody: {},
    tls: { insecure: true },
    timeouts: {
      connectTimeoutNs: undefined,
      firstByteTimeoutNs: undefined,
      idleTimeoutNs: undefined,
      totalTimeoutNs: undefined,
    },
  },
});

async function readStream(index) {
  const stampsNs = [];
  const boundsNs = [];
  const request = {
    requestId: `r${index}`,
    prompt: { kind: 'text', text: 'Say something.' },
    maxOutputTokens: Number(tokensText),
    ignoreEos: true,
  };
  const observer = {
    onSent: () => {},
    onChunk: (chunk) => {
      if (chunk.kind !== 'content') return;
      stampsNs.push(Number(clock.startedMonoNs) + chunk.arrivalNs);
      boundsNs.push(chunk.errorNs);
    },
  };
  const outcome = await client.send(request, observer, new AbortController().signal);
  if (outcome.status !== 'ok') throw new Error(`${outcome.errorCode}: ${outcome.errorMessage}`);
  return { responseId: outcome.responseId, stampsNs, boundsNs };
}

const startUsage = process.resourceUsage();
const streams = await beginOneAMillisecond(Number(streamsText), readStream);
finish({ out, startUsage, streams });
await client.close();
