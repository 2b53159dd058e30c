import { describe, expect, it } from 'vitest';
import { parseQueryXml } from './query-xml.js';
import type { SmiRecord } from './smi-record.js';
import { XML_MIG } from './testing/mig-query-xml-text.js';
import { XML_V10, XML_V9 } from './testing/older-query-xml-texts.js';
import { XML_V11, XML_V12, XML_V13 } from './testing/query-xml-texts.js';

function valuesOf(record: SmiRecord | undefined): Record<string, number> {
  return Object.fromEntries(
    (record?.readings ?? []).map((each) => [
      each.subId === undefined ? each.metric : `${each.metric} ${each.subId}`,
      each.value,
    ]),
  );
}

const MIB = 2 ** 20;

describe('parseQueryXml', () => {
  it('reads v9: no CUDA version, aggregate ECC, current clocks among many of their names', () => {
    const { records, problems, driverVersion, cudaVersion } = parseQueryXml(XML_V9);
    expect(problems).toEqual([]);
    expect([driverVersion, cudaVersion]).toEqual(['390.30', undefined]);
    expect(valuesOf(records[0])).toEqual({
      performance_state_index: 8,
      clocks_event_reasons_mask: 0x101,
      memory_total_bytes: 22919 * MIB,
      memory_used_bytes: 10 * MIB,
      memory_free_bytes: 22909 * MIB,
      utilization_gpu_pct: 7,
      utilization_memory_pct: 3,
      ecc_corrected_count: 4,
      ecc_uncorrected_count: 1,
      temperature_gpu_celsius: 33,
      power_limit_mw: 200_000,
      sm_clock_mhz: 544,
      memory_clock_mhz: 405,
      pcie_link_generation_index: 1,
      pcie_link_width_count: 8,
      pcie_replay_count: 2,
      process_count: 0,
    });
  });

  it('makes no number and no problem of what a failing GPU prints for one', () => {
    const [, failing] = parseQueryXml(XML_V9).records;
    expect(failing?.readings).toEqual([]);
    expect(failing?.state).toBe('ok');
    expect(failing?.unavailable).toEqual([
      { metric: 'sm_clock_mhz', text: '[GPU requires reset]' },
      { metric: 'performance_state_index', text: '[Unknown Error]' },
      { metric: 'power_limit_mw', text: 'Unknown Error' },
      { metric: 'temperature_gpu_celsius', text: 'Unknown Error' },
      { metric: 'fan_speed_pct', text: 'ERR!' },
    ]);
  });

  it('reads v10: a display board without ECC, its processes by pid', () => {
    const { records, problems, cudaVersion } = parseQueryXml(XML_V10);
    expect(problems).toEqual([]);
    expect(cudaVersion).toBe('10.2');
    expect(valuesOf(records[0])).toEqual({
      performance_state_index: 2,
      clocks_event_reasons_mask: 0x24,
      memory_total_bytes: 7982 * MIB,
      memory_used_bytes: 7301 * MIB,
      memory_free_bytes: 681 * MIB,
      utilization_gpu_pct: 98,
      utilization_memory_pct: 55,
      temperature_gpu_celsius: 71,
      power_limit_mw: 215_000,
      sm_clock_mhz: 1755,
      memory_clock_mhz: 6800,
      fan_speed_pct: 41,
      pcie_link_generation_index: 3,
      pcie_link_width_count: 16,
      pcie_replay_count: 0,
      process_count: 2,
      'process_memory_used_bytes 2211': 118 * MIB,
      'process_memory_used_bytes 3322': 7171 * MIB,
    });
    expect(records[0]?.unavailable.map((each) => each.metric)).toEqual([
      'temperature_memory_celsius',
      'ecc_corrected_count',
      'ecc_uncorrected_count',
    ]);
  });

  it('reads MIG: memory once a GPU instance, whole-GPU power, and what MIG does not give as unavailable', () => {
    const { records, problems } = parseQueryXml(XML_MIG);
    expect(problems).toEqual([]);
    expect(valuesOf(records[0])).toEqual({
      performance_state_index: 0,
      memory_total_bytes: 81559 * MIB,
      memory_reserved_bytes: 560 * MIB,
      memory_used_bytes: 2100 * MIB,
      memory_free_bytes: 78899 * MIB,
      'memory_total_bytes 3': 40448 * MIB,
      'memory_reserved_bytes 3': 0,
      'memory_used_bytes 3': 2048 * MIB,
      'memory_free_bytes 3': 38400 * MIB,
      'memory_total_bytes 14': 9984 * MIB,
      temperature_gpu_celsius: 38,
      power_average_mw: 131_020,
      power_instant_mw: 130_500,
      power_limit_mw: 700_000,
      sm_clock_mhz: 1980,
      process_count: 1,
      'process_memory_used_bytes 5001': 1990 * MIB,
    });
    expect(records[0]?.readings.length).toBe(Object.keys(valuesOf(records[0])).length);
    expect(records[0]?.unavailable.map((each) => each.metric)).toEqual([
      'utilization_gpu_pct',
      'utilization_memory_pct',
      'fan_speed_pct',
    ]);
  });

  it('says nothing of a GPU that cannot be reached, whose sentences are no values', () => {
    const [, blocked] = parseQueryXml(XML_MIG).records;
    expect(blocked?.readings).toEqual([]);
    expect(blocked?.unavailable.map((each) => each.metric)).toEqual([
      'sm_clock_mhz',
      'temperature_gpu_celsius',
    ]);
  });

  it("takes the driver's version from where newer drivers print it", () => {
    const { driverVersion, cudaVersion } = parseQueryXml(XML_MIG);
    expect([driverVersion, cudaVersion]).toEqual(['615.12.01', '13.4']);
  });

  it.each([
    ['612,34 W', 612_340],
    ['612.34 W', 612_340],
    ['+612 W', 612_000],
    ['6.1234e2 W', 612_340],
    ['612 340 W', undefined],
    // A thousand or a fraction: nothing in the text says which.
    ['1,024 W', undefined],
    ['1,024.50 W', undefined],
    ['', undefined],
    ['0x10 W', undefined],
    ['Infinity W', undefined],
    ['612.34 furlongs', undefined],
  ])('reads a power of "%s" as %s mW', (text, milliwatts) => {
    const xml = `<nvidia_smi_log><gpu><gpu_power_readings><instant_power_draw>${text}</instant_power_draw></gpu_power_readings></gpu></nvidia_smi_log>`;
    const { records, problems } = parseQueryXml(xml);
    expect(valuesOf(records[0])['power_instant_mw']).toBe(milliwatts);
    expect(problems.map((each) => each.kind)).toEqual(milliwatts === undefined ? ['bad value'] : []);
  });

  it('gives what came before the cut of a text, wherever it is cut', () => {
    for (const text of [XML_V9, XML_V10, XML_V11, XML_V12, XML_V13, XML_MIG]) {
      const whole = parseQueryXml(text);
      const first = text.indexOf('</gpu>') + '</gpu>'.length;
      for (let end = 0; end < text.lastIndexOf('</nvidia_smi_log>'); end += 97) {
        const { records, problems } = parseQueryXml(text.slice(0, end));
        if (end > first) expect(records[0]).toEqual(whole.records[0]);
        if (records.length > 0) expect(problems.some((each) => each.kind === 'truncated')).toBe(true);
      }
    }
  });

  it('reads an older schema: throttle reasons, power_readings, ECC totals', () => {
    const { records, problems, driverVersion } = parseQueryXml(XML_V11);
    expect(problems).toEqual([]);
    expect(driverVersion).toBe('470.57.02');
    expect(records[0]?.gpu).toEqual({
      index: 0,
      uuid: 'GPU-old',
      pciBusId: '00000000:3B:00.0',
      name: 'Tesla V100-SXM2-16GB',
    });
    expect(valuesOf(records[0])).toEqual({
      performance_state_index: 0,
      clocks_event_reasons_mask: 0x5,
      memory_total_bytes: 16160 * 2 ** 20,
      memory_used_bytes: 3 * 2 ** 20,
      utilization_gpu_pct: 12,
      ecc_corrected_count: 3,
      ecc_uncorrected_count: 0,
      temperature_gpu_celsius: 35,
      power_limit_mw: 300_000,
      sm_clock_mhz: 1290,
      pcie_link_generation_index: 3,
      pcie_link_width_count: 16,
      process_count: 0,
    });
    expect(records[0]?.otherFields).toEqual({ 'power.draw': '24.31 W' });
  });

  it('takes the power of the GPU, not that of its module, and both power kinds where there are two', () => {
    const { records, problems } = parseQueryXml(XML_V12);
    expect(problems).toEqual([]);
    expect(records).toHaveLength(2);
    expect(valuesOf(records[0])).toMatchObject({
      power_instant_mw: 612_340,
      power_average_mw: 598_100,
      power_limit_mw: 700_000,
      clocks_event_reasons_mask: 0x4,
      ecc_corrected_count: 3,
      ecc_uncorrected_count: 4,
      remapped_rows_pending_count: 0,
      'process_memory_used_bytes 4171': 70211 * 2 ** 20,
      'memory_used_bytes 2': 37 * 2 ** 20,
      process_count: 2,
    });
    expect(records[0]?.unavailable.map((each) => each.metric)).toContain('fan_speed_pct');
    expect(records[1]?.state).toBe('lost');
  });

  it('reads reason counters, and is not led astray by negative limits and sentences', () => {
    const { records, problems } = parseQueryXml(XML_V13);
    expect(problems).toEqual([]);
    expect(valuesOf(records[0])).toMatchObject({
      throttle_power_cap_ns: 1_234_567_000,
      throttle_thermal_hw_ns: 0,
      temperature_gpu_celsius: 41,
      clocks_event_reasons_mask: 0,
    });
  });

  it('gives the sound part of a text that was cut, and says that it was', () => {
    const { records, problems } = parseQueryXml(XML_V12.slice(0, XML_V12.indexOf('<remapped_rows>')));
    expect(records).toHaveLength(1);
    expect(valuesOf(records[0])['memory_used_bytes']).toBe(70300 * 2 ** 20);
    expect(problems.some((each) => each.kind === 'truncated')).toBe(true);
  });

  it('takes a message for a message', () => {
    const { records, problems } = parseQueryXml('NVIDIA-SMI has failed because of the driver.\n');
    expect(records).toEqual([]);
    expect(problems.map((each) => each.kind)).toEqual(['message']);
  });
});
