import type { Comparison, JudgedGate } from '@fluidscope/compare';
import { renderTable } from '../render-table.js';
import {
  CAUSE_HEADER,
  causeRows,
  figureHeader,
  figureRows,
  GATE_HEADER,
  gateRows,
  runLines,
} from './comparison-figures.js';

/** Two runs side by side, for a terminal. */
export function formatComparison(comparison: Comparison, gates: readonly JudgedGate[]): string {
  const causes = causeRows(comparison);
  const warnings = comparison.warnings.map((warning) => `  ${warning}\n`).join('');
  const parts = [
    runLines(comparison)
      .map((line) => `${line}\n`)
      .join(''),
    warnings === '' ? '' : `Warnings\n${warnings}`,
    renderTable(figureHeader(comparison), figureRows(comparison), FIGURE_ALIGNS),
    typeof causes === 'string' ? `${causes}\n` : renderTable(CAUSE_HEADER, causes),
    gates.length === 0 ? '' : renderTable(GATE_HEADER, gateRows(gates), ['left', 'left', 'right', 'right']),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const FIGURE_ALIGNS = ['left', 'right', 'right', 'right', 'right', 'right', 'left'] as const;
