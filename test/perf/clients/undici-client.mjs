// A plain client on undici's dispatch: reads the clock when bytes arrive, splits lines, parses each event.
// usage: node undici-client.mjs URL MODEL STREAMS TOKENS OUT
import { createRequire } from 'node:module';
import { beginOneAMillisecond } from './begin-times.mjs';
import { finish } from './finish.mjs';

// The undici that the client library itself has.
const { Agent } = createRequire(new URL('../../../packages/llm-client/package.json', import.meta.url))(
  'undici',
);

const [url = '', model, streamsText, tokensText, out = ''] = process.argv.slice(2);
const agent = new Agent({
  connections: null,
  headersTimeout: 0,
  bodyTimeout: 0,
  connect: { rejectUnauthorized: false },
});
const body = JSON.stringify({
  model,
  messages: [{ role: 'user', content: 'Say something.' }],
  max_tokens: Number(tokensText),
  ignore_eos: true,
  stream: true,
});

function readStream() {
  return new Promise((resolve, reject) => {
    const stream = { responseId: '', stampsNs: [] };
    const decoder = new TextDecoder();
    let rest = '';
    agent.dispatch(
      {
        origin: url,
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, status) => {
          if (status !== 200) reject(new Error(`the server answered ${status}`));
        },
        onResponseData: (_controller, bytes) => {
          const stampNs = process.hrtime.bigint();
          const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) readLine(line, stampNs, stream);
        },
        onResponseEnd: () => resolve(stream),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

function readLine(line, stampNs, stream) {
  if (!line.startsWith('data: ') || line === 'data: [DONE]') return;
  const event = JSON.parse(line.slice(6));
  stream.responseId = event.id;
  if (event.choices[0]?.delta.content) stream.stampsNs.push(stampNs);
}

const startUsage = process.resourceUsage();
const streams = await beginOneAMillisecond(Number(streamsText), readStream);
finish({ out, startUsage, streams });
await agent.close();
