import type { Distribution, PercentileName } from '@fluidscope/metrics';
import { NS_PER_MS } from '@fluidscope/units';
import { renderTable } from './render-table.js';

/** One row of the table. `unit` says how the values are shown: times in milliseconds, the others as they are. */
export interface DistributionRow {
  readonly label: string;
  readonly unit: 'ms' | 'tokens' | 'index';
  readonly distribution: Distribution | undefined;
}

const PERCENTILES: readonly (readonly [PercentileName, string])[] = [
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p95', 'p95'],
  ['p99', 'p99'],
  ['p999', 'p99.9'],
];

const HEADER = ['', 'count', 'mean', 'min', ...PERCENTILES.map(([, label]) => label), 'max', 'std'];

const LEGEND = '~ less than one value lies beyond this percentile\n';

/**
 * A table of distributions for a terminal, one a line. A dash is a value that does not exist; a `~` marks a percentile
 * with less than one value beyond it (p99.9 of 200), which is then little more than the maximum.
 */
export function formatDistributionTable(rows: readonly DistributionRow[]): string {
  const isMarked = rows.some(({ distribution }) => (distribution?.unsupportedPercentiles.length ?? 0) > 0);
  return renderTable(HEADER, rows.map(cellsOf)) + (isMarked ? LEGEND : '');
}

function cellsOf({ label, unit, distribution }: DistributionRow): string[] {
  const name = unit === 'index' ? label : `${label}, ${unit}`;
  if (distribution === undefined) return [name, '0', ...Array<string>(HEADER.length - 2).fill('-')];
  const show = (value: number): string => formatValue(value, unit);
  return [
    name,
    String(distribution.count),
    show(distribution.mean),
    show(distribution.min),
    ...PERCENTILES.map(([percentile]) =>
      distribution.unsupportedPercentiles.includes(percentile)
        ? `~${show(distribution[percentile])}`
        : show(distribution[percentile]),
    ),
    show(distribution.max),
    show(distribution.standardDeviation),
  ];
}

function formatValue(value: number, unit: DistributionRow['unit']): string {
  switch (unit) {
    case 'ms':
      return (value / NS_PER_MS).toFixed(2);
    case 'tokens':
      return value.toFixed(1);
    case 'index':
      return value.toFixed(3);
  }
}
