import { gpuMetricByName } from '@fluidscope/trace-schema';
import { describe, expect, it } from 'vitest';
import { createQueryCsvReader, parseQueryCsv } from './query-csv.js';
import { PMON_METRICS, SMI_METRICS } from './smi-metrics.js';
import type { SmiRecord } from './smi-record.js';
import { realLog } from './testing/real-logs.js';

const REAL_LOGS = [
  { name: '3090-refresh-nvidia-smi.csv', rows: 7_999, average: true },
  { name: '3090-square-wave-nvidia-smi.csv', rows: 1_690, average: true },
  { name: 'A100-refresh-nvidia-smi.csv', rows: 7_999, average: false },
  { name: 'A100-square-wave-nvidia-smi.csv', rows: 965, average: false },
];

function valueOf(record: SmiRecord | undefined, metric: string): number | undefined {
  return record?.readings.find((each) => each.metric === metric)?.value;
}

describe('the table of metrics', () => {
  it("uses the trace's names and units", () => {
    for (const { metric, unit } of [...SMI_METRICS, ...PMON_METRICS]) {
      expect(gpuMetricByName(metric)?.unit, metric).toBe(unit);
    }
  });
});

describe('parseQueryCsv on what real GPUs printed', () => {
  for (const { name, rows, average } of REAL_LOGS) {
    const text = realLog(name);
    it.skipIf(text === undefined)(`reads every row of ${name}`, () => {
      const { records, problems } = parseQueryCsv(text ?? '');
      expect(problems).toEqual([]);
      expect(records).toHaveLength(rows);
      const lines = (text ?? '').split('\n').slice(1);
      records.forEach((record, index) => {
        const cells = (lines[index] ?? '').split(',').map((cell) => cell.trim());
        expect(record.timestampText).toBe(cells[0]);
        expect(valueOf(record, 'utilization_gpu_pct')).toBe(Number(cells[1]));
        expect(`P${valueOf(record, 'performance_state_index')}`).toBe(cells[2]);
        expect(valueOf(record, 'temperature_gpu_celsius')).toBe(Number(cells[3]));
        expect(valueOf(record, 'sm_clock_mhz')).toBe(Number(cells[4]));
        expect(valueOf(record, 'power_instant_mw')).toBe(Math.round(Number(cells.at(-1)) * 1000));
        expect(valueOf(record, 'power_average_mw') !== undefined).toBe(average);
      });
    });
  }
});

describe('parseQueryCsv', () => {
  it('reads units in the cells, several GPUs and every sentinel', () => {
    const { records, problems } = parseQueryCsv(
      [
        'index, uuid, name, power.draw.instant [W], memory.used [MiB], fan.speed [%], temperature.memory, clocks.sm [MHz], clocks_throttle_reasons.active',
        '0, GPU-aa, NVIDIA H100 80GB HBM3, 70.10 W, 512 MiB, [N/A], N/A, 1980 MHz, 0x0000000000000004',
        '1, GPU-bb, NVIDIA H100 80GB HBM3, [Not Supported], [Unknown Error], 30 %, 41, 345 MHz, 0x0000000000000001',
      ].join('\r\n'),
    );
    expect(problems).toEqual([]);
    expect(records.map((each) => each.gpu)).toEqual([
      { index: 0, uuid: 'GPU-aa', name: 'NVIDIA H100 80GB HBM3' },
      { index: 1, uuid: 'GPU-bb', name: 'NVIDIA H100 80GB HBM3' },
    ]);
    expect(valueOf(records[0], 'power_instant_mw')).toBe(70_100);
    expect(valueOf(records[0], 'memory_used_bytes')).toBe(512 * 2 ** 20);
    expect(valueOf(records[0], 'clocks_event_reasons_mask')).toBe(4);
    expect(records[0]?.unavailable).toEqual([
      { metric: 'fan_speed_pct', text: '[N/A]' },
      { metric: 'temperature_memory_celsius', text: 'N/A' },
    ]);
    expect(valueOf(records[1], 'power_instant_mw')).toBeUndefined();
    expect(valueOf(records[1], 'fan_speed_pct')).toBe(30);
  });

  it('reads rows without a header by the fields that were asked for', () => {
    const reader = createQueryCsvReader({ fields: ['index', 'clocks_event_reasons_counters.sw_power_cap'] });
    const { records } = reader.feed('0, 1500 us\n1, 7\n');
    expect(records.map((each) => valueOf(each, 'throttle_power_cap_ns'))).toEqual([1_500_000, 7_000]);
  });

  it('prefers the enforced limit, in whichever order they stand', () => {
    const { records } = parseQueryCsv('power.limit [W], enforced.power.limit [W]\n700.00, 650.00\n');
    expect(valueOf(records[0], 'power_limit_mw')).toBe(650_000);
  });

  it('says that power.draw is of no one kind, and keeps it', () => {
    const { records } = parseQueryCsv('power.draw [W]\n137.12\n');
    expect(records[0]?.readings).toEqual([]);
    expect(records[0]?.otherFields).toEqual({ 'power.draw': '137.12' });
  });

  it('reports a lost GPU as a record and a message, and goes on', () => {
    const { records, problems } = parseQueryCsv(
      [
        'index, clocks.sm [MHz]',
        '0, 1980',
        'Unable to determine the device handle for GPU0000:3B:00.0: GPU is lost.  Reboot the system to recover this GPU',
        '1, [GPU is lost]',
        '0, 1965',
      ].join('\n'),
    );
    expect(records.map((each) => each.state)).toEqual(['ok', 'lost', 'lost', 'ok']);
    expect(records[1]?.gpu).toEqual({ pciBusId: '0000:3B:00.0' });
    expect(problems.map((each) => each.kind)).toEqual(['message']);
  });

  it('never shifts a row whose decimals are commas into the next column', () => {
    const { records, problems } = parseQueryCsv(
      'index, power.draw.instant [W], clocks.sm [MHz]\n0, 612,34 W, 1980 MHz\n0, 612.34 W, 1980 MHz\n',
    );
    expect(records.map((each) => valueOf(each, 'sm_clock_mhz'))).toEqual([1980]);
    expect(problems).toEqual([{ kind: 'column count', text: '0, 612,34 W, 1980 MHz' }]);
  });

  it('keeps the words of a failing or outdated driver, and makes no number of them', () => {
    const words = ['ERR!', '[N/A]', '[Unknown Error]', '[Requested functionality has been deprecated]'];
    const { records, problems } = parseQueryCsv(
      `clocks.current.sm [MHz], fan.speed [%], pstate, temperature.gpu\n${words.join(', ')}\n`,
    );
    expect(problems).toEqual([]);
    expect(records[0]?.readings).toEqual([]);
    expect(records[0]?.unavailable.map((each) => each.text)).toEqual(words);
  });

  it('names what it cannot read and reads the rest', () => {
    const { records, problems } = parseQueryCsv(
      [
        '0, 1',
        'index, clocks.sm [MHz]',
        '0, zebra',
        '0, 12, 13',
        'NVIDIA-SMI has failed because it couldn’t communicate',
      ].join('\n'),
    );
    expect(problems.map((each) => each.kind)).toEqual(['no header', 'bad value', 'column count', 'message']);
    expect(records).toHaveLength(1);
  });

  it('throws an endless line away, in bounded memory, and reads what follows it', () => {
    const reader = createQueryCsvReader({ fields: ['index', 'clocks.sm'] });
    const problems = Array.from({ length: 5 }, () => reader.feed('x'.repeat(50_000)).problems).flat();
    expect(problems.map((each) => each.kind)).toEqual(['line too long']);
    expect(reader.feed('tail\n0, 345\n').records).toHaveLength(1);
  });
});
