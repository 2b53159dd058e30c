import type { StampSource } from '@fluidscope/trace-schema';
import type { RunNs } from '@fluidscope/units';
import type { Endpoint } from './endpoints/endpoint.js';
import { EventTemplate } from './event-template.js';
import { LARGEST_EVENT_BYTES, type EventParser, type EventSink } from './event-parser.js';
import { recordOf, type JsonRecord } from './json-fields.js';
import { NdjsonParser } from './ndjson-parser.js';
import { bodyMessage, errorObjectMessage, oneLine } from './server-message.js';
import { SseParser } from './sse-parser.js';
import { StreamProblem } from './stream-problem.js';
import type { StreamReading } from './stream-reading.js';

const OPEN_BRACE = 123;
const OPEN_BRACKET = 91;
const LESS_THAN = 60;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const DONE = Buffer.from('[DONE]');
const SHOWN_CHARS = 120;
const TEMPLATES_COUNT = 4;
/** Learning costs two parses; a template that saved this many may be followed by another. */
const MATCHES_WORTH_A_TEMPLATE_COUNT = 4;

/**
 * Reads the body of a successful response, in whatever pieces it comes, into a `StreamReading`.
 *
 * The body's first byte decides what it is, not its content type, which servers and proxies get wrong: an
 * event stream, one whole JSON response (from a server that ignores `stream: true`), or a page of HTML.
 * A chunk that spans reads takes the stamp of the read that completed it.
 */
export class ResponseReader implements EventSink {
  readonly #endpoint: Endpoint;
  readonly #reading: StreamReading;
  readonly #parser: EventParser;
  #body: 'unknown' | 'events' | 'whole' = 'unknown';
  #head: Buffer = Buffer.alloc(0);
  readonly #whole: Buffer[] = [];
  #wholeBytes = 0;
  #arrivalNs = 0 as RunNs;
  #errorNs = Number.NaN;
  #source: StampSource = 'user';
  #template: EventTemplate | undefined;
  #templateMatchesCount = 0;
  #templatesLeftCount: number;
  #eventsCount = 0;
  #atEnd = false;

  /** `templates`: how many event templates may be learned in vain before learning stops; 0 parses every event. */
  constructor(endpoint: Endpoint, reading: StreamReading, templates = TEMPLATES_COUNT) {
    this.#endpoint = endpoint;
    this.#reading = reading;
    this.#templatesLeftCount = templates;
    this.#parser = endpoint.framing === 'sse' ? new SseParser(this) : new NdjsonParser(this);
  }

  /** Throws `StreamProblem` for a malformed body or an error that the server put into it. */
  feed(bytes: Buffer, arrivalNs: RunNs, errorNs: number, source: StampSource): void {
    this.#arrivalNs = arrivalNs;
    this.#source = source;
    this.#errorNs = errorNs;
    if (this.#body === 'events') {
      if (!this.#readWholeEvent(bytes)) this.#parser.feed(bytes);
    } else if (this.#body === 'whole') this.#keepWhole(bytes);
    else this.#sniff(bytes);
  }

  /** The body ended cleanly. Throws `StreamProblem` when it ended without an end mark or a finish reason. */
  end(): void {
    this.#atEnd = true;
    if (this.#body === 'unknown') this.#startBody(this.#head);
    if (this.#body === 'whole') this.#readWhole();
    else this.#parser.end();
    const { ended, finishReason } = this.#reading;
    if (ended || finishReason !== undefined) return;
    const after = this.#eventsCount === 0 ? 'nothing' : `${this.#eventsCount} events`;
    throw new StreamProblem(
      'protocol',
      `Expected a finish reason or an end mark before the stream's end but received ${after}`,
    );
  }

  /** Whether everything that was asked for has come, whatever happens to the connection from now on. */
  get isComplete(): boolean {
    return this.#reading.ended || this.#reading.finishReason !== undefined;
  }

  onEvent(bytes: Buffer, start: number, end: number, name: string): void {
    if (this.#reading.ended || isDoneMark(bytes, start, end)) {
      this.#reading.ended = true;
      return;
    }
    if (name !== 'error' && this.#readByTemplate(bytes, start, end)) return;
    const text = bytes.toString('utf8', start, end);
    if (name === 'error') throw new StreamProblem('server_error', bodyMessage(text) ?? text);
    const event = this.#parseEvent(text);
    if (event === undefined) return;
    this.#eventsCount += 1;
    const problem = errorObjectMessage(event);
    if (problem !== undefined) throw new StreamProblem('server_error', problem);
    this.#reading.beginEvent(this.#arrivalNs, this.#errorNs, this.#source);
    this.#endpoint.readEvent(event, this.#reading);
    this.#learnTemplate(bytes, start, end);
    this.#reading.endEvent();
  }

  /** The usual read is one event, whole, like the one before: it needs no parser (E4). */
  #readWholeEvent(bytes: Buffer): boolean {
    if (this.#template === undefined || this.#reading.ended) return false;
    const start = this.#parser.startOfWhole(bytes);
    return start !== -1 && this.#readByTemplate(bytes, start, bytes.length - this.#parser.endingBytes);
  }

  #readByTemplate(bytes: Buffer, start: number, end: number): boolean {
    const text = this.#template?.match(bytes, start, end);
    if (this.#template === undefined || text === undefined) return false;
    this.#eventsCount += 1;
    this.#templateMatchesCount += 1;
    this.#reading.beginEvent(this.#arrivalNs, this.#errorNs, this.#source);
    this.#reading.piece(this.#template.kind, text);
    return true;
  }

  /** A stream whose events repeat learns anew as often as it must; one whose events never do, soon stops. */
  #learnTemplate(bytes: Buffer, start: number, end: number): void {
    if (this.#templateMatchesCount >= MATCHES_WORTH_A_TEMPLATE_COUNT) {
      this.#templatesLeftCount += 1;
      this.#templateMatchesCount = 0;
    }
    const piece = this.#reading.onlyPiece;
    if (this.#templatesLeftCount <= 0 || piece === undefined) return;
    this.#templatesLeftCount -= 1;
    const learned = EventTemplate.learn(this.#endpoint, bytes.subarray(start, end), piece);
    this.#template = learned ?? this.#template;
  }

  #parseEvent(text: string): JsonRecord | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // The stream's end cut this event off: the completion rule judges what came before it.
      if (this.#atEnd) return undefined;
      throw new StreamProblem('protocol', `Expected a JSON event but received ${excerpt(text)}`);
    }
    const event = recordOf(value);
    if (event !== undefined) return event;
    throw new StreamProblem('protocol', `Expected a JSON object as event but received ${excerpt(text)}`);
  }

  #sniff(bytes: Buffer): void {
    const head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    const withoutBom = head.subarray(0, 3).equals(BOM) ? head.subarray(3) : head;
    const bomMayFollow = head.length < 3 && head.equals(BOM.subarray(0, head.length));
    if (bomMayFollow || firstVisible(withoutBom) === undefined) {
      // Only blanks so far: bounded, since a server could send them for ever.
      this.#head = head.length > SHOWN_CHARS ? head.subarray(0, SHOWN_CHARS) : head;
      return;
    }
    this.#startBody(withoutBom);
  }

  #startBody(bytes: Buffer): void {
    const first = firstVisible(bytes);
    const isEvents = this.#endpoint.framing === 'sse' ? !startsDocument(first) : first === OPEN_BRACE;
    this.#body = isEvents || first === undefined ? 'events' : 'whole';
    this.#head = Buffer.alloc(0);
    if (this.#body === 'events') this.#parser.feed(bytes);
    else this.#keepWhole(bytes);
  }

  #keepWhole(bytes: Buffer): void {
    this.#wholeBytes += bytes.length;
    if (this.#wholeBytes > LARGEST_EVENT_BYTES) {
      throw new StreamProblem(
        'protocol',
        `Expected an event stream but received a document of more than ${LARGEST_EVENT_BYTES} bytes`,
      );
    }
    this.#whole.push(bytes);
  }

  #readWhole(): void {
    const text = Buffer.concat(this.#whole).toString('utf8');
    let body: JsonRecord | undefined;
    try {
      body = recordOf(JSON.parse(text));
    } catch {
      body = undefined;
    }
    const problem = body === undefined ? undefined : errorObjectMessage(body);
    if (problem !== undefined) throw new StreamProblem('server_error', problem);
    this.#reading.beginEvent(this.#arrivalNs, this.#errorNs, this.#source);
    if (body !== undefined && this.#endpoint.readWhole(body, this.#reading)) {
      this.#reading.endEvent();
      this.#reading.ended = true;
      return;
    }
    throw new StreamProblem(
      'protocol',
      `Expected an event stream from ${this.#endpoint.path} but received ${shown(body, text)}. ` +
        'Check the URL and the endpoint type.',
    );
  }
}

function startsDocument(first: number | undefined): boolean {
  return first === OPEN_BRACE || first === LESS_THAN || first === OPEN_BRACKET;
}

function firstVisible(bytes: Buffer): number | undefined {
  return bytes.find((byte) => byte !== 10 && byte !== 13 && byte !== 32 && byte !== 9);
}

function isDoneMark(bytes: Buffer, start: number, end: number): boolean {
  return bytes[start] === OPEN_BRACKET && end - start >= 6 && bytes.subarray(start, start + 6).equals(DONE);
}

function shown(body: JsonRecord | undefined, text: string): string {
  return body === undefined ? `"${bodyMessage(text) ?? ''}"` : `the JSON ${excerpt(text)}`;
}

function excerpt(text: string): string {
  const line = oneLine(text);
  return line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS)}…` : line;
}
