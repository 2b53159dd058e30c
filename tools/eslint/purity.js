// @ts-check
import { LAYERS } from './layers.js';

const WHY =
  'Pure code answers the same for the same input, in a test, in a replay and in virtual time: take it as a parameter.';

/** What reads the world, and what to take instead. */
const IMPURE_GLOBALS = Object.entries({
  performance: 'reads a clock; take a RunClock',
  process: 'reads the process; take the value that you need',
  setTimeout: 'waits on the real clock; take a scheduler, or return when to act',
  setInterval: 'waits on the real clock; take a scheduler, or return when to act',
  setImmediate: 'depends on the event loop; return what to do, and let an engine do it',
  queueMicrotask: 'depends on the event loop; return what to do, and let an engine do it',
  fetch: 'opens a socket; take a port',
  WebSocket: 'opens a socket; take a port',
  crypto: 'draws randomness; take a seeded generator',
  console: 'writes to the terminal; return the text',
}).map(([name, advice]) => ({ name, message: `${name} ${advice}. ${WHY}` }));

const IMPURE_PROPERTIES = [
  { object: 'Date', property: 'now', message: `Date.now reads a clock; take a RunClock. ${WHY}` },
  { object: 'Math', property: 'random', message: `Math.random has no seed; take a seeded generator. ${WHY}` },
];

const NOW_AS_DATE = {
  selector: ':matches(NewExpression, CallExpression)[callee.name="Date"][arguments.length=0]',
  message: `new Date() reads a clock; take the instant. ${WHY}`,
};

/**
 * Domain code and what it stands on: no clock, no randomness, no I/O of their own. (`node:*` is the layers' rule.)
 *
 * @param {readonly { readonly selector: string; readonly message: string }[]} syntax selectors that hold for all source
 * @returns {import('eslint').Linter.Config}
 */
export function purity(syntax) {
  const folders = LAYERS.filter(({ pure }) => pure).flatMap(({ packages }) => packages);
  return {
    name: 'fluidscope/purity',
    files: folders.map((folder) => `packages/${folder}/src/**/*.ts`),
    ignores: ['**/*.test.ts', '**/testing/**'],
    rules: {
      'no-restricted-globals': ['error', { globals: IMPURE_GLOBALS, checkGlobalObject: true }],
      'no-restricted-properties': ['error', ...IMPURE_PROPERTIES],
      'no-restricted-syntax': ['error', ...syntax, NOW_AS_DATE],
    },
  };
}
