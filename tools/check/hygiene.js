// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf } from './workspace.js';

/** Written so that no pattern matches its own source. */
const TRACES = [
  {
    pattern: /(?<![\w.~:-])\/(?:home|root|Users|work|workspace|tmp)\/[\w.]/,
    problem: 'a path of one machine: derive it, or take it as an option',
  },
  {
    pattern: /https?:\/\/registry\b|"resolved": "h[t]tp/,
    problem:
      "a registry's host: it may not exist where the file is read (omit-lockfile-registry-resolved in .npmrc)",
  },
  {
    pattern: /\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b/,
    problem: 'an unfinished mark: finish it, or open an issue',
  },
];

/**
 * Traces of a machine, of a registry or of unfinished work in the files that are in git or would be.
 *
 * @param {string} root
 * @returns {readonly string[]}
 */
export function hygieneProblems(root) {
  return filesOf(root).flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return text.includes('\0') ? [] : tracesIn(path, text);
  });
}

/** @param {string} path @param {string} text */
function tracesIn(path, text) {
  const found = TRACES.filter(({ pattern }) => pattern.test(text));
  if (found.length === 0) return [];
  return text
    .split('\n')
    .flatMap((line, lineIndex) =>
      found
        .filter(({ pattern }) => pattern.test(line))
        .map(({ problem }) => `${path}:${lineIndex + 1}: ${problem}\n    ${line.trim().slice(0, 120)}`),
    );
}
