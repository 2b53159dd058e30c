import { GPU_BOARDS } from '@fluidscope/serving-sim';
import { expect, it } from 'vitest';
import { migInstancesOf, migProblem } from './gpu-mig.js';

it.each([
  ['h100', []],
  ['h100', [7]],
  ['h100', [4, 3]],
  ['a100', [1, 1, 1, 1, 1, 1, 1]],
])('cuts an %s into %j', (board, slices) => {
  expect(migProblem(board, slices)).toBeUndefined();
});

it.each([
  ['l4', [1], 'expected a board with MIG (h100, a100) but received l4'],
  ['h100', [5], 'expected instances of 1, 2, 3, 4, 7 slices but received 5'],
  ['h100', [NaN], 'expected instances of 1, 2, 3, 4, 7 slices but received NaN'],
  ['h100', [4, 4], 'expected at most 7 slices, with at most 8 of memory, but received 4,4'],
  ['h100', [3, 3, 1], 'expected at most 7 slices, with at most 8 of memory, but received 3,3,1'],
])('cuts no %s into %j', (board, slices, problem) => {
  expect(migProblem(board, slices)).toBe(problem);
});

it('gives each instance its share of the board', () => {
  expect(migInstancesOf(GPU_BOARDS.h100, [4, 1])).toEqual([
    {
      gpuInstanceId: 1,
      gpuSlices: 4,
      memorySlices: 4,
      multiprocessors: 64,
      memoryTotalBytes: GPU_BOARDS.h100.memoryTotalBytes / 2,
    },
    {
      gpuInstanceId: 2,
      gpuSlices: 1,
      memorySlices: 1,
      multiprocessors: 16,
      memoryTotalBytes: GPU_BOARDS.h100.memoryTotalBytes / 8,
    },
  ]);
});
