import { expect, it } from 'vitest';
import { parseLengthSpec } from './length-spec-text.js';

it.each([
  ['512', { kind: 'fixed', lengthTokens: 512 }],
  ['fixed:512', { kind: 'fixed', lengthTokens: 512 }],
  [' Uniform: 100 - 500 ', { kind: 'uniform', minTokens: 100, maxTokens: 500 }],
  ['normal:512,64.5', { kind: 'normal', meanTokens: 512, stddevTokens: 64.5 }],
  ['lognormal:512,256', { kind: 'lognormal', meanTokens: 512, stddevTokens: 256 }],
  ['zipf:1.2,1-4096', { kind: 'zipf', exponent: 1.2, minTokens: 1, maxTokens: 4096 }],
  ['recorded', { kind: 'recorded' }],
])('reads %j', (text, expected) => {
  expect(parseLengthSpec(text)).toEqual(expected);
});

it.each(['', '5.5', '-3', 'uniform:100', 'normal:512', 'zipf:1.2', 'zipf:1-4096', 'gauss:1,2', '512 tokens'])(
  'refuses %j and shows the forms',
  (text) => {
    expect(parseLengthSpec(text)).toHaveProperty('problem', expect.stringContaining('uniform:100-500'));
  },
);
