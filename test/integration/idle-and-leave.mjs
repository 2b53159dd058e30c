// Sends one request over each kind of sockets, plain and over TLS, and then does nothing, its clients open and their connections kept
// alive for ten minutes: it must end by itself. `node idle-and-leave.mjs URL...`
import { chooseStampSource, createLoadClient, createRunClock } from '@fluidscope/harness';

const clock = createRunClock();
const outcomes = [];
for (const asked of /** @type {const} */ (['auto', 'user'])) {
  const { source: stampSource } = await chooseStampSource(asked);
  for (const baseUrl of process.argv.slice(2)) {
    const client = createLoadClient({
      stampSource,
      clock,
      client: {
        baseUrl,
        endpointType: 'chat',
        model: 'm',
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
    const { status } = await client.send(
      {
        requestId: 'r',
        prompt: { kind: 'text', text: 'Say hello' },
        maxOutputTokens: 1,
        ignoreEos: false,
      },
      { onSent: () => undefined, onChunk: () => undefined },
      new AbortController().signal,
    );
    outcomes.push(status);
  }
}
console.log(JSON.stringify(outcomes));
