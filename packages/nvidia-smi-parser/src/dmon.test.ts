import { describe, expect, it } from 'vitest';
import { parseDmon, parsePmon } from './dmon.js';

const DMON = `# gpu    pwr  gtemp  mtemp     sm    mem    enc    dec    jpg    ofa   mclk   pclk     fb
# Idx      W      C      C      %      %      %      %      %      %    MHz    MHz     MB
    0     43     35      -      0      7      0      0      0      0   2619    345    512
    1      -      -      -      -      -      -      -      -      -      -      -      -
`;

const PMON = `# gpu         pid   type     sm    mem    enc    dec     fb    command
# Idx           #    C/G      %      %      %      %     MB    name
    0       41721     C     93     41      -      -   70211    python3 -m vllm
    1           -     -      -      -      -      -       -    -
`;

describe('parseDmon', () => {
  it('reads by the header, and takes a dash for unavailable', () => {
    const { records, problems } = parseDmon(DMON);
    expect(problems).toEqual([]);
    expect(records.map((each) => each.gpu.index)).toEqual([0, 1]);
    expect(Object.fromEntries(records[0]?.readings.map((each) => [each.metric, each.value]) ?? [])).toEqual({
      temperature_gpu_celsius: 35,
      utilization_gpu_pct: 0,
      utilization_memory_pct: 7,
      memory_clock_mhz: 2619,
      sm_clock_mhz: 345,
      memory_used_bytes: 512 * 2 ** 20,
    });
    expect(records[0]?.otherFields).toMatchObject({ pwr: '43' });
    expect(records[1]?.readings).toEqual([]);
    expect(records[1]?.unavailable.map((each) => each.metric)).toContain('sm_clock_mhz');
  });

  it('follows a header that changes, with date and time before the GPU', () => {
    const { records } = parseDmon(
      `${DMON}#Date       Time        gpu   pclk\n#YYYYMMDD   HH:MM:SS    Idx    MHz\n 20240102   10:11:12      1   1980\n`,
    );
    expect(records.at(-1)).toMatchObject({
      gpu: { index: 1 },
      timestampText: '20240102 10:11:12',
      readings: [{ metric: 'sm_clock_mhz', value: 1980 }],
    });
  });

  it('names rows before a header, short rows and messages', () => {
    const { records, problems } = parseDmon(`0 1 2\n${DMON}    0     43\nGPU is lost and gone\n`);
    expect(records).toHaveLength(2);
    expect(problems.map((each) => each.kind)).toEqual(['no header', 'column count', 'message']);
  });
});

describe('parsePmon', () => {
  it('gives each process its pid, and an idle GPU no readings', () => {
    const { records, problems } = parsePmon(PMON);
    expect(problems).toEqual([]);
    expect(records[0]?.readings).toEqual([
      { metric: 'process_sm_pct', value: 93, subId: 41721 },
      { metric: 'process_memory_pct', value: 41, subId: 41721 },
      { metric: 'process_memory_used_bytes', value: 70211 * 2 ** 20, subId: 41721 },
    ]);
    expect(records[0]?.otherFields['command']).toBe('python3 -m vllm');
    expect(records[1]).toMatchObject({ gpu: { index: 1 }, readings: [] });
  });
});
