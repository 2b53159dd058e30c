import { describe, expect, it } from 'vitest';
import { cutAt, goldens, readStream } from './testing/read-stream.js';

describe.each([...goldens()])('%s', (_name, { endpointType, wire, chunks, outcome }) => {
  const nothing = {
    responseId: undefined,
    finishReason: undefined,
    usagePromptTokens: undefined,
    usageOutputTokens: undefined,
  };

  it('is read whole', () => {
    const result = readStream(endpointType, [wire]);
    expect(result.problem).toBeUndefined();
    expect(result.chunks).toEqual(chunks);
    expect(result.outcome).toEqual({ ...nothing, ...outcome });
  });

  it('is read the same wherever one cut falls', () => {
    for (let place = 0; place <= wire.length; place += 1) {
      const result = readStream(endpointType, cutAt(wire, [place]));
      expect(result.chunks, `cut at ${place}`).toEqual(chunks);
      expect(result.problem, `cut at ${place}`).toBeUndefined();
    }
  });

  it('is read the same byte by byte', () => {
    const bytes = Array.from(wire, (byte) => Buffer.from([byte]));
    const result = readStream(endpointType, bytes);
    expect(result.chunks).toEqual(chunks);
    expect(result.outcome).toEqual({ ...nothing, ...outcome });
  });

  it('is read the same with every line ending made CRLF, and CR', () => {
    for (const ending of ['\r\n', '\r']) {
      const text = wire.toString('utf8').replace(/\r\n?|\n/g, ending);
      expect(readStream(endpointType, [text]).chunks, JSON.stringify(ending)).toEqual(chunks);
    }
  });
});
