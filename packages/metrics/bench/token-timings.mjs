// Writes the input of the metrics bench: seeded token timings of 1 M tokens, one request a line, in the JSONL that
// `fluidscope score` reads too.
//
//   BENCH_DIR=DIR node token-timings.mjs
//
// Each request has a pace of its own (15 to 60 ms a token, lognormal jitter), one chunk in 200 stalls for 0.1 to 0.8 s,
// and one request in seven streams 1 to 4 tokens a chunk. Every gap is a whole, odd-looking number of nanoseconds.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const TOKENS_COUNT = 1_000_000;
const SEED = 20_240_707;

const random = mulberry32(SEED);
const lines = [];
for (let left = TOKENS_COUNT; left > 0;) {
  const tokensCount = Math.min(left, 100 + Math.floor(random() * 200));
  lines.push(JSON.stringify(request(lines.length, tokensCount)));
  left -= tokensCount;
}
writeFileSync(join(process.env.BENCH_DIR ?? '.', 'token-timings.jsonl'), `${lines.join('\n')}\n`);

function request(index, tokensCount) {
  const paceMs = 15 + 45 * random();
  const largestChunkTokens = random() < 1 / 7 ? 4 : 1;
  const sendNs = index * 10_000_000;
  const chunks = [];
  let arrivalNs = sendNs + nanoseconds(150 * Math.exp(normal()));
  for (let left = tokensCount; left > 0;) {
    const chunkTokens = Math.min(left, 1 + Math.floor(random() * largestChunkTokens));
    chunks.push([arrivalNs, chunkTokens]);
    left -= chunkTokens;
    const stallMs = random() < 1 / 200 ? 100 + 700 * random() : 0;
    arrivalNs += nanoseconds(paceMs * chunkTokens * Math.exp(0.3 * normal()) + stallMs);
  }
  return { request_id: `r${index}`, send_ns: sendNs, prompt_tokens: 512, chunks };
}

function nanoseconds(valueMs) {
  return Math.round(valueMs * 1_000_000);
}

function normal() {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A 32-bit generator of one multiplication round more than xorshift; ample for a bench's input. */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
