import { describe, expect, it } from 'vitest';
import { parseQueryCsv } from './query-csv.js';
import { chooseQueryFields, queryArguments } from './query-fields.js';

const HELP = `List of valid properties to query for the switch "--query-gpu=":

"timestamp"
The timestamp of when the query was made in format "YYYY/MM/DD HH:MM:SS.msec".

"gpu_name" or "name"
The official product name of the GPU.

"gpu_uuid" or "uuid"
This value is the globally unique immutable identifier of the GPU.

Section about clocks_throttle_reasons properties
"clocks_throttle_reasons.active"
Bitmask of active clock throttle reasons.

"clocks.current.sm" or "clocks.sm"
Current frequency of SM clock.

"power.draw"
The last measured power draw.
`;

describe('chooseQueryFields', () => {
  it('asks only for what the help names, by the name it has there', () => {
    const { fields, missingMetrics } = chooseQueryFields(HELP);
    expect(fields).toEqual([
      'timestamp',
      'uuid',
      'name',
      'power.draw',
      'clocks.current.sm',
      'clocks_throttle_reasons.active',
    ]);
    expect(missingMetrics).toContain('power_instant_mw');
    const { records } = parseQueryCsv(`${fields.join(', ')}\nnow, GPU-1, L4, 30.1, 345, 0x1\n`);
    expect(records[0]?.readings).toHaveLength(2);
  });

  it('chooses nothing from an error message', () => {
    expect(chooseQueryFields('NVIDIA-SMI has failed').fields).toEqual([]);
  });

  it('gives the arguments of one child that goes on', () => {
    expect(queryArguments(['index', 'pstate'], 100)).toEqual([
      '--query-gpu=index,pstate',
      '--format=csv,nounits',
      '-lms',
      '100',
    ]);
  });
});
