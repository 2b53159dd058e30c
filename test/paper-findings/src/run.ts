import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chartsOf } from './charts.js';
import { findingsMarkdown } from './findings-markdown.js';
import { findingsOf } from './findings.js';

const SEED = 1;
const folder = process.argv[2] ?? fileURLToPath(new URL('../../../docs/', import.meta.url));

const findings = findingsOf(SEED);
mkdirSync(folder, { recursive: true });
const files = new Map([['paper-findings.md', findingsMarkdown(findings, SEED)], ...chartsOf(findings)]);
for (const [name, text] of files) {
  writeFileSync(join(folder, name), text);
  console.log(join(folder, name));
}
