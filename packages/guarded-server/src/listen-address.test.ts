import { expect, it } from 'vitest';
import { judgeExposure } from './exposure.js';
import { isLoopback, parseListenAddress, urlOf } from './listen-address.js';

it('reads addresses with their port, and writes them as URLs', () => {
  expect(parseListenAddress('127.0.0.1:7420')).toEqual({ host: '127.0.0.1', port: 7420 });
  expect(parseListenAddress('[::1]:0')).toEqual({ host: '::1', port: 0 });
  expect(parseListenAddress('node7.lan:80')).toEqual({ host: 'node7.lan', port: 80 });
  expect(urlOf({ host: '::1', port: 80 }, 'https')).toBe('https://[::1]:80');
});

it.each(['7420', ':7420', '::1:7420', '127.0.0.1', '127.0.0.1:70000', '[nope]:1', ''])(
  'refuses %j',
  (text) => {
    expect(parseListenAddress(text)).toHaveProperty('problem');
  },
);

it('takes for loopback only what cannot be anything else', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '127.evil.example', '10.0.0.1'].some(isLoopback)).toBe(false);
});

it('names what is missing for an address that others reach', () => {
  const open = { host: '::', hasToken: true, hasTls: false, isInsecureAllowed: false };
  expect(judgeExposure(open).problem).toContain('expected TLS');
  expect(judgeExposure({ ...open, isInsecureAllowed: true }).warning).toContain(
    'the token and all that is served',
  );
  expect(judgeExposure({ ...open, hasTls: true })).toEqual({});
  expect(judgeExposure({ ...open, hasToken: false, host: '127.0.0.1' })).toEqual({});
});
