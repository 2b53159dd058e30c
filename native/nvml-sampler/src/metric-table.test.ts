import { GPU_METRICS } from '@fluidscope/trace-schema';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('numbers the metrics as the closed table does', () => {
  const header = readFileSync(new URL('core/metric.h', import.meta.url), 'utf8');
  const ids = [...header.matchAll(/^ {2}(\w+) = (\d+),$/gm)].map(([, name, id]) => ({
    name,
    id: Number(id),
  }));
  expect(ids).toEqual(GPU_METRICS.map(({ name, id }) => ({ name, id })));
});
