import type { StreamChunk } from '@fluidscope/llm-client';
import { expect, it } from 'vitest';
import type { ChunkColumns } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import { RecordBatcher, type RecordSink } from './record-batcher.js';
import { neverSentEnd } from './request-end.js';
import { RecordedRows } from './testing/recorded-rows.js';

const CHUNK: StreamChunk = {
  arrivalNs: runNs(5),
  stampSource: 'user',
  errorNs: 7,
  kind: 'content',
  text: 'x',
  usageOutputTokensSoFar: undefined,
};

const START = {
  requestIndex: 3,
  phase: 'measured',
  intendedNs: runNs(1),
  sentNs: runNs(2),
  promptTokens: 1,
  promptTokensSource: 'tokenizer',
  maxOutputTokens: 1,
  workerIndex: 0,
} as const;

it('hands rows over in the order in which a reader may rely on them, once', () => {
  const calls: string[] = [];
  const sink = new Proxy(new RecordedRows(), {
    get: (_, name: string) => () => calls.push(name),
  }) as unknown as RecordSink;
  const records = new RecordBatcher(sink, () => {});
  records.addEnd(neverSentEnd(3, runNs(9)));
  records.addTokenCounts({ requestIndex: 3, seq: Uint32Array.of(0), tokenCount: Uint32Array.of(2) });
  records.addChunk(3, 0, CHUNK, 1);
  records.addStart(START);
  records.flush();
  records.flush();
  expect(calls).toEqual([
    'appendRequestStarts',
    'appendChunks',
    'appendChunkTokenCounts',
    'appendRequestEnds',
  ]);
});

it('flushes by itself when its columns are full, losing nothing and keeping a start before its chunks', () => {
  const rows = new RecordedRows();
  const records = new RecordBatcher(rows, () => {});
  records.addStart(START);
  for (let seq = 0; seq < 20_000; seq++) records.addChunk(3, seq, CHUNK, 1);
  expect(rows.starts).toHaveLength(1);
  records.flush();
  expect(rows.chunks.map(({ seq }) => seq)).toEqual(Array.from({ length: 20_000 }, (_, seq) => seq));
});

it('fills its columns by the schema', () => {
  const rows = new RecordedRows();
  let seen: Record<string, unknown> = {};
  rows.appendChunks = ({ length, stampSource, errorNs, arrivalNs }: ChunkColumns) => {
    seen = { length, stampSource: stampSource[0], errorNs: errorNs[0], arrivalNs: arrivalNs[0] };
  };
  const records = new RecordBatcher(rows, () => {});
  records.addChunk(3, 0, CHUNK, 1);
  records.flush();
  expect(seen).toEqual({ length: 1, stampSource: 1, errorNs: 7, arrivalNs: 5 });
});

it('tells of a sink that throws instead of throwing into a stream’s callbacks', () => {
  const rows = new RecordedRows();
  rows.appendChunks = () => {
    throw new Error('broken');
  };
  const failures: unknown[] = [];
  const records = new RecordBatcher(rows, (thrown) => failures.push(thrown));
  for (let seq = 0; seq < 10_000; seq++) records.addChunk(3, seq, CHUNK, 1);
  records.flush();
  expect(failures).toEqual([new Error('broken'), new Error('broken')]);
});
