// Prints, for each endpoint type that is named, what the client of this repository reads of one greedy stream, as JSON.
// usage: node stream-text.mjs URL MODEL PROMPT MAX_TOKENS TYPE...
import { createLlmClient } from '@fluidscope/llm-client';
import { createRunClock } from '@fluidscope/harness';

const [url, model, text, maxTokens, ...types] = process.argv.slice(2);
const limits = {
  connectTimeoutNs: undefined,
  firstByteTimeoutNs: undefined,
  idleTimeoutNs: 60e9,
  totalTimeoutNs: undefined,
};

async function read(endpointType) {
  const client = createLlmClient({
    baseUrl: url,
    endpointType,
    model,
    apiKey: undefined,
    headers: {},
    extraBody: { temperature: 0, ignore_eos: true },
    timeouts: limits,
    clock: createRunClock(),
  });
  const seen = { text: '', chunksCount: 0 };
  const observer = {
    onSent: () => {},
    onChunk: (chunk) => {
      seen.text += chunk.text;
      seen.chunksCount += 1;
    },
  };
  const request = {
    requestId: endpointType,
    prompt: { kind: 'text', text },
    maxOutputTokens: Number(maxTokens),
    ignoreEos: true,
  };
  const outcome = await client.send(request, observer, new AbortController().signal);
  await client.close();
  return { ...seen, outcome };
}

const results = {};
for (const type of types) results[type] = await read(type);
console.log(JSON.stringify(results));
