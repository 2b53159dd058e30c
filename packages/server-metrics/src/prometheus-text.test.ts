import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrometheusText } from './index.js';

describe('parsePrometheusText', () => {
  it.each([
    ['up 1', { name: 'up', labels: {}, value: 1 }],
    [
      'vllm:num_requests_running{model_name="m"} 3.0',
      { name: 'vllm:num_requests_running', labels: { model_name: 'm' }, value: 3 },
    ],
    ['a{b="x",c="y",} 1e3 1395066363000', { name: 'a', labels: { b: 'x', c: 'y' }, value: 1_000 }],
    [
      'a{b="say \\"}\\" \\\\ \\n, c=\\"1\\""} -0.5',
      { name: 'a', labels: { b: 'say "}" \\ \n, c="1"' }, value: -0.5 },
    ],
    ['  a { b = "1" , c = "2" }  7 ', { name: 'a', labels: { b: '1', c: '2' }, value: 7 }],
    [
      'h_bucket{le="+Inf"} 17 # {trace_id="x"} 0.67 1520879607.789',
      { name: 'h_bucket', labels: { le: '+Inf' }, value: 17 },
    ],
    ['a +Inf', { name: 'a', labels: {}, value: Infinity }],
    ['a -Inf', { name: 'a', labels: {}, value: -Infinity }],
    ['a NaN', { name: 'a', labels: {}, value: NaN }],
    ['a{} 0', { name: 'a', labels: {}, value: 0 }],
  ])('reads %s', (line, expected) => {
    expect(parsePrometheusText(line)).toEqual({ samples: [expected], unreadableCount: 0 });
  });

  it('passes over comments, empty lines and carriage returns', () => {
    expect(parsePrometheusText('# HELP a b\r\n# TYPE a gauge\r\n\r\na 1\r\n# EOF\n').samples).toEqual([
      { name: 'a', labels: {}, value: 1 },
    ]);
  });

  it.each([
    '<html><body>404</body></html>',
    'a',
    'a b',
    '1a 2',
    'a{b} 1',
    'a{b="1} 1',
    '{"x": 1}',
    'a{b="1" c="2"} 1',
  ])('counts %s as unreadable', (line) => {
    expect(parsePrometheusText(`${line}\nok 1`)).toMatchObject({
      samples: [{ name: 'ok' }],
      unreadableCount: 1,
    });
  });

  it('does not throw or hang on any text', () => {
    const odd = fc.stringMatching(/^[a{}="\\, \n#:1.+-]{0,200}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 300 }), odd), (text) => {
        const { samples, unreadableCount } = parsePrometheusText(text);
        expect(samples.length + unreadableCount).toBeLessThanOrEqual(text.split('\n').length);
      }),
      { numRuns: 2_000 },
    );
    expect(parsePrometheusText(`a{${'b="\\'.repeat(3_000)}`).unreadableCount).toBe(1);
    expect(parsePrometheusText(`a{${'b="1",'.repeat(100_000)}} 1`).unreadableCount).toBe(1);
  });
});
