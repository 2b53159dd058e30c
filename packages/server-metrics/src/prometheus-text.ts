/** One line of the Prometheus text format. */
export interface PrometheusSample {
  /** As on the page: with the `_total`, `_sum`, `_count` or `_bucket` of its kind. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** May be NaN or infinite, as the format allows. */
  readonly value: number;
}

export interface PrometheusPage {
  readonly samples: readonly PrometheusSample[];
  /** Lines that are neither a sample, a comment nor empty. */
  readonly unreadableCount: number;
}

const LINE =
  /^([a-zA-Z_:][\w:]*)\s*(?:\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\})?\s+(\S+)(?:\s+-?\d+(?:\.\d+)?)?(?:\s+#.*)?\s*$/;
const LABEL = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n' };
/** Longer lines are no metric of an engine; a regular expression should not be run on them. */
const LONGEST_LINE_CHARACTERS = 16_384;

/**
 * Reads a page of the Prometheus text format 0.0.4 or of OpenMetrics (https://prometheus.io/docs/instrumenting/exposition_formats/): name,
 * labels and value of each line; times and exemplars of lines are left out. Never throws: odd lines are counted.
 */
export function parsePrometheusText(text: string): PrometheusPage {
  const samples: PrometheusSample[] = [];
  let unreadableCount = 0;
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const sample = trimmed.length > LONGEST_LINE_CHARACTERS ? undefined : sampleOf(trimmed);
    if (sample === undefined) unreadableCount += 1;
    else samples.push(sample);
  }
  return { samples, unreadableCount };
}

function sampleOf(line: string): PrometheusSample | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const [, name = '', labelsText, valueText = ''] = match;
  const value = valueOf(valueText);
  const labels = labelsText === undefined ? {} : labelsOf(labelsText);
  return value === undefined || labels === undefined ? undefined : { name, labels, value };
}

function labelsOf(text: string): Record<string, string> | undefined {
  const labels: [string, string][] = [];
  let at = 0;
  while (at < text.trimEnd().length) {
    LABEL.lastIndex = at;
    const match = LABEL.exec(text);
    if (match === null) return undefined;
    const [whole, name = '', value = ''] = match;
    labels.push([name, value.replace(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped)]);
    at += whole.length;
  }
  return Object.fromEntries(labels);
}

function valueOf(text: string): number | undefined {
  if (/^[+-]?Inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^NaN$/i.test(text)) return NaN;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}
