/*
 * Seeded fuzz of the whole way from a body's bytes to chunks: sniffing, line splitting, SSE and JSON lines,
 * the seven endpoints, the completion rule. Stream n of a seed is always the same stream.
 *
 * Two kinds of streams, alternating:
 *
 *   recut    a golden stream's content untouched, its line endings changed, comments and keep-alives put
 *            between its events, cut into reads anywhere. What is read must be the golden's, to the letter.
 *   mutated  a few lines of a golden stream with bytes flipped, cut out, doubled, swapped for those of
 *            another, or with fragments put in that parsers trip over. It must be read the same whole as cut
 *            anywhere, with event templates as without (chunks and problem), and nothing but a StreamProblem
 *            may be thrown.
 */

/** mulberry32: 32 bits of state, so that every stream's number is its seed. */
function randomFrom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    below: (limit) => Math.floor(next() * limit),
    pick: (list) => list[Math.floor(next() * list.length)],
  };
}

const FRAGMENTS = [
  ...[
    '\r',
    '\n',
    '\r\n',
    '\n\n',
    '\r\r',
    '\r\n\r\n',
    ':',
    ': x\n',
    'data',
    'data:',
    'data: ',
    'event: error\n',
  ],
  ...[
    'error: ',
    '[DONE]',
    'data: [DONE]\n\n',
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    '\\u',
    '\\ud800',
    '\0',
    ' ',
    '\t',
  ],
  ...[
    'null',
    'true',
    '-1',
    '1e999',
    '9007199254740993',
    '"error":{"message":"x"},',
    '"error":"x",',
    '"error":null,',
  ],
  ...[
    '"__proto__":{"x":1},',
    '"usage":7,',
    '"choices":[],',
    '"done":true,',
    '<html>',
    '\uFEFF',
    '\u2028',
    '🙂',
  ],
  '['.repeat(200),
  '{"a":'.repeat(100),
  'x'.repeat(2_000),
].map((text) => Buffer.from(text));

const HALF_CHARACTERS = [
  Buffer.from([0xf0, 0x9f]),
  Buffer.from([0x80]),
  Buffer.from([0xff, 0xfe]),
  Buffer.from([0xef, 0xbb]),
];

function mutate(random, bytes, others) {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + random.below(40));
  switch (random.below(8)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      if (at < flipped.length) flipped[at] ^= 1 << random.below(8);
      return flipped;
    }
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 3:
      return bytes.subarray(0, at);
    case 4: {
      const other = random.pick(others);
      const from = random.below(other.length);
      return Buffer.concat([
        bytes.subarray(0, at),
        other.subarray(from, from + random.below(60)),
        bytes.subarray(to),
      ]);
    }
    case 5:
      return Buffer.concat([bytes.subarray(0, at), random.pick(HALF_CHARACTERS), bytes.subarray(at)]);
    default:
      return Buffer.concat([bytes.subarray(0, at), random.pick(FRAGMENTS), bytes.subarray(at)]);
  }
}

/** A few consecutive lines: short streams make more of them a second. */
function someLines(random, bytes) {
  const ends = [0];
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) ends.push(at + 1);
  const first = random.below(ends.length);
  return bytes.subarray(ends[first], ends[first + 1 + random.below(8)] ?? bytes.length);
}

function cut(random, bytes) {
  const pieces = [];
  // Reads of one byte are the hardest and the slowest: some, not a fifth of all.
  const longest = random.pick([1, 5, 30, 30, 100, 100, 300, 300, 1_000, 3_000]);
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + 1 + random.below(longest));
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

/** The same events in other bytes: endings of every kind, and lines between events that mean nothing. */
function dress(random, golden) {
  const ending = random.pick(['\n', '\r', '\r\n']);
  const blank =
    golden.endpointType === 'ollama'
      ? [ending, ending]
      : [`: keep-alive${ending}`, `:${ending}${ending}`, ending];
  const lines = golden.wire.toString('utf8').split(/\r\n?|\n/);
  let text = random.below(4) === 0 ? `\uFEFF${ending}`.slice(0, golden.wire[0] === 0xef ? 0 : 1) : '';
  lines.forEach((line, index) => {
    const isLast = index === lines.length - 1;
    text += isLast ? line : line + ending;
    if (line === '' && !isLast && random.below(3) === 0) text += random.pick(blank);
  });
  return Buffer.from(text);
}

/**
 * Runs streams `first` to `first + count - 1` of a seed.
 *
 * @param parts `readStream(endpointType, pieces, templates)`: what the pieces were read as; `goldens`: name to
 *   golden stream.
 * @returns how many streams of each kind were read; throws on the first stream that breaks a rule, naming it.
 */
export function fuzzStreams(parts, { seed, first, count }) {
  const counts = { recut: 0, mutated: 0, withProblem: 0, bytes: 0 };
  const stackTraceLimit = Error.stackTraceLimit;
  // Half of the mutated streams end in an error, and its stack would cost more than reading the stream.
  Error.stackTraceLimit = 0;
  try {
    for (let number = first; number < first + count; number += 1) {
      const random = randomFrom(Math.imul(seed, 0x9e3779b1) ^ number);
      const [name, golden] = random.pick([...parts.goldens]);
      const what = `stream ${number} of seed ${seed} (${name})`;
      if (number % 2 === 0) recut(parts, { random, golden, what, counts });
      else mutated(parts, { random, golden, what, counts });
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return counts;
}

function recut({ readStream }, { random, golden, what, counts }) {
  const wire = dress(random, golden);
  const read = readStream(golden.endpointType, cut(random, wire));
  expectSame(`recut ${what}`, read, { chunks: golden.chunks, problem: undefined });
  counts.recut += 1;
  counts.bytes += wire.length;
}

function mutated({ readStream, goldens }, { random, golden, what, counts }) {
  const others = [...goldens.values()].map((other) => other.wire);
  let wire = someLines(random, golden.wire);
  for (let left = 1 + random.below(4); left > 0; left -= 1) wire = mutate(random, wire, others);
  const whole = readStream(golden.endpointType, [wire], 0);
  expectSame(`mutated ${what}`, readStream(golden.endpointType, cut(random, wire)), whole);
  counts.mutated += 1;
  counts.bytes += 2 * wire.length;
  if (whole.problem !== undefined) counts.withProblem += 1;
}

function expectSame(what, actual, expected) {
  const told = (result) =>
    JSON.stringify([result.chunks, result.problem && [result.problem.code, result.problem.message]]);
  if (told(actual) !== told(expected)) {
    throw new Error(`${what} was read as ${told(actual)} but should be ${told(expected)}`);
  }
}
