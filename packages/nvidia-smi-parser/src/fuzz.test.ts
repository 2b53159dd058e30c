import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDmonReader, createPmonReader, parseDmon, parsePmon } from './dmon.js';
import type { SmiLineReader } from './line-reader.js';
import { createQueryCsvReader, parseQueryCsv } from './query-csv.js';
import { chooseQueryFields } from './query-fields.js';
import { parseQueryXml } from './query-xml.js';
import type { SmiText } from './smi-record.js';
import { XML_MIG } from './testing/mig-query-xml-text.js';
import { XML_V10, XML_V9 } from './testing/older-query-xml-texts.js';
import { XML_V11, XML_V12, XML_V13 } from './testing/query-xml-texts.js';
import { realLog } from './testing/real-logs.js';

const CSV = `index, uuid, clocks.sm [MHz], power.draw.instant [W], fan.speed [%]
0, GPU-a, 1980, 70.10, [N/A]
1, GPU-b, 345 MHz, 612.00 W, 30 %
`;
const DMON = `# gpu    pwr  gtemp     sm   pclk\n# Idx      W      C      %    MHz\n    0     43     35      0    345\n`;
const PMON = `# gpu   pid  type  sm  command\n# Idx     #   C/G   %  name\n    0  4171     C  93  python3\n`;
const REAL = (realLog('3090-square-wave-nvidia-smi.csv') ?? CSV).slice(0, 4_000);

type Edit = readonly [at: number, removed: number, inserted: string];

const edits = fc.array(
  fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(40),
    fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom(
        '<',
        '>',
        '&',
        ',',
        '\n',
        '\r',
        '#',
        ' [',
        'GPU is lost',
        'ERR!',
        '[N/A]',
        '3,5',
        '<!--',
        '<![CDATA[',
        '&#0;',
        '<!DOCTYPE a [<!ENTITY b "c">]>',
        '1e999',
        '-',
        '</gpu>',
        '<gpu>',
      ),
    ),
  ),
  { maxLength: 6 },
);

function edited(text: string, changes: readonly Edit[]): string {
  return changes.reduce((current, [share, removed, inserted]) => {
    const at = Math.floor(share * current.length);
    return current.slice(0, at) + inserted + current.slice(at + removed);
  }, text);
}

function expectSound({ records, problems }: SmiText): void {
  expect(problems.length).toBeLessThanOrEqual(200);
  for (const { readings } of records) {
    for (const { value } of readings) expect(Number.isFinite(value)).toBe(true);
  }
}

// A busy machine may take its time: nothing here depends on it.
describe('odd text', { timeout: 60_000 }, () => {
  it('never throws on arbitrary text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        for (const parse of [parseQueryCsv, parseQueryXml, parseDmon, parsePmon]) expectSound(parse(text));
        chooseQueryFields(text);
      }),
    );
  });

  it('never throws on mutated output, and never makes a number that is none', () => {
    fc.assert(
      fc.property(
        edits,
        fc.constantFrom(XML_V9, XML_V10, XML_V11, XML_V12, XML_V13, XML_MIG),
        (changes, xml) => {
          expectSound(parseQueryXml(edited(xml, changes)));
          expectSound(parseQueryCsv(edited(CSV, changes)));
          expectSound(parseQueryCsv(edited(REAL, changes)));
          expectSound(parseDmon(edited(DMON, changes)));
          expectSound(parsePmon(edited(PMON, changes)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('survives nesting far beyond nvidia-smi', () => {
    const deep = 100_000;
    const { records } = parseQueryXml(`<nvidia_smi_log><gpu>${'<a>'.repeat(deep)}${'</a>'.repeat(deep)}`);
    expect(records).toHaveLength(1);
  });
});

describe('a text in pieces', { timeout: 60_000 }, () => {
  it('gives the records of the whole text, wherever it is cut', () => {
    const cases: readonly (readonly [() => SmiLineReader, string])[] = [
      [createQueryCsvReader, CSV],
      [createQueryCsvReader, CSV.replaceAll('\n', '\r\n')],
      [createDmonReader, DMON],
      [createPmonReader, PMON],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.array(fc.nat(200)), ([create, text], cuts) => {
        const points = [0, ...cuts.toSorted((left, right) => left - right), text.length];
        const reader = create();
        const pieces = points.slice(1).map((end, index) => text.slice(points[index], end));
        const records = [...pieces.map((piece) => reader.feed(piece)), reader.end()].flatMap(
          (each) => each.records,
        );
        const whole = create();
        expect(records).toEqual([...whole.feed(text).records, ...whole.end().records]);
        expect(records.length).toBeGreaterThan(0);
      }),
    );
  });
});
