import type { Endpoint } from './endpoints/endpoint.js';
import { recordOf } from './json-fields.js';
import type { ChunkKind } from './llm-client.js';
import { StreamReading } from './stream-reading.js';

/*
 * Reading a token without parsing JSON.
 *
 * The events of a stream mostly differ in one string. When an event was parsed and all that it did was to
 * yield one piece of text, its bytes are P "text" S, and this holds for any event of the same P and S:
 *
 * E1  JSON is compositional: with one string literal in place of another, the same tree comes out with that
 *     one value changed. So it is enough to know that the literal between P and S is the piece's text; `learn`
 *     makes sure by putting a marker there and reading the event again.
 * E2  A run of bytes without quote, backslash and control characters between two quotes is a whole literal,
 *     and its value is the text that the bytes encode.
 * E3  Whatever else such an event says (the response's id), the event that it was learned from has said: not
 *     reading it again changes nothing. `learn` refuses events with usage, a finish reason or an end mark.
 *
 * E4  No line ends within an event that matches: not in the text (E2), and `learn` refuses an event of several lines. So bytes that
 *     match between a line's beginning and an event's ending are that one event, and need not be searched for lines.
 *
 * It takes a third of the time of a parse. Whatever does not match is parsed; nothing is guessed. The fuzz
 * reads every stream with and without templates and demands the same.
 */

const LF = 10;
const QUOTE = 34;
const BACKSLASH = 92;
const FIRST_PRINTABLE = 32;
const FIRST_NON_ASCII = 128;
const MARKER = 'where the text of an event goes';
/** Places where the text may stand; more is not worth a parse each. */
const MOST_PLACES_COUNT = 4;

type TextKind = Exclude<ChunkKind, 'none'>;

export class EventTemplate {
  readonly kind: TextKind;
  readonly #before: Uint8Array;
  readonly #after: Uint8Array;

  private constructor(kind: TextKind, before: Uint8Array, after: Uint8Array) {
    this.kind = kind;
    this.#before = before;
    this.#after = after;
  }

  /** The template of an event that yielded this one piece and did nothing else; `undefined` where there is none. */
  static learn(
    endpoint: Endpoint,
    event: Buffer,
    piece: { readonly kind: TextKind; readonly text: string },
  ): EventTemplate | undefined {
    if (event.includes(LF)) return undefined; // E4
    const literal = Buffer.from(`"${piece.text}"`);
    let place = event.indexOf(literal);
    for (let tried = 0; place !== -1 && tried < MOST_PLACES_COUNT; tried += 1) {
      const before = event.subarray(0, place + 1);
      const after = event.subarray(place + literal.length - 1);
      const probe = before.toString('utf8') + MARKER + after.toString('utf8');
      // A copy each: a template must not keep a whole read alive.
      if (yieldsOnlyMarker(endpoint, probe, piece.kind)) {
        return new EventTemplate(piece.kind, Uint8Array.from(before), Uint8Array.from(after));
      }
      place = event.indexOf(literal, place + 1);
    }
    return undefined;
  }

  /** The text of an event of this template; `undefined` for any other. Never the empty text. */
  match(bytes: Buffer, start: number, end: number): string | undefined {
    const textStart = start + this.#before.length;
    const textEnd = end - this.#after.length;
    if (textEnd <= textStart) return undefined;
    // Most of an event lies here: a comparison that is not JavaScript's takes half the time or less.
    if (bytes.compare(this.#before, 0, this.#before.length, start, textStart) !== 0) return undefined;
    let allBits = 0;
    for (let at = textStart; at < textEnd; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE || byte === BACKSLASH || byte < FIRST_PRINTABLE) return undefined; // E2
      allBits |= byte;
    }
    if (!equalsAt(bytes, textEnd, this.#after)) return undefined;
    return bytes.toString(allBits < FIRST_NON_ASCII ? 'latin1' : 'utf8', textStart, textEnd);
  }
}

function equalsAt(bytes: Buffer, start: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index += 1) {
    if (bytes[start + index] !== expected[index]) return false;
  }
  return true;
}

/** E1, E3: the event with the marker in place of its text yields the marker, and nothing else. */
function yieldsOnlyMarker(endpoint: Endpoint, text: string, kind: TextKind): boolean {
  const pieces: string[] = [];
  const reading = new StreamReading({
    onSent: () => undefined,
    onChunk: (chunk) => pieces.push(chunk.kind, chunk.text),
  });
  try {
    const event = recordOf(JSON.parse(text));
    if (event === undefined) return false;
    endpoint.readEvent(event, reading);
  } catch {
    return false;
  }
  const { ended, finishReason, usagePromptTokens, usageOutputTokens } = reading;
  const saidMore = ended || (finishReason ?? usagePromptTokens ?? usageOutputTokens) !== undefined;
  return !saidMore && pieces.length === 2 && pieces[0] === kind && pieces[1] === MARKER;
}
