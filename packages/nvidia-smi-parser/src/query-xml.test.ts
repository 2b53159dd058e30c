import { describe, expect, it } from 'vitest';
import { parseQueryXml } from './query-xml.js';
import type { SmiRecord } from './smi-record.js';
import { XML_V10, XML_V12, XML_V13 } from './testing/query-xml-texts.js';

function valuesOf(record: SmiRecord | undefined): Record<string, number> {
  return Object.fromEntries(
    (record?.readings ?? []).map((each) => [
      each.subId === undefined ? each.metric : `${each.metric} ${each.subId}`,
      each.value,
    ]),
  );
}

describe('parseQueryXml', () => {
  it('reads an older schema: throttle reasons, power_readings, ECC totals', () => {
    const { records, problems, driverVersion } = parseQueryXml(XML_V10);
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
