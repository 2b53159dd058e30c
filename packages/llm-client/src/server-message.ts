import { listOf, recordOf, wordOf, type JsonRecord } from './json-fields.js';

/** Longest message in an outcome or a trace. */
export const LONGEST_MESSAGE_CHARS = 500;

/**
 * The message of an error object, in the shapes that servers use: `{"error": {"message"}}` (OpenAI, vLLM,
 * Anthropic, llama.cpp), `{"error": "…"}` (Ollama, TGI), `{"object": "error", "message"}` (older vLLM),
 * `{"type": "error", "message"}` (OpenAI responses). `undefined` when this is no error object.
 */
export function errorObjectMessage(value: JsonRecord): string | undefined {
  const { error } = value as { error?: unknown };
  if (error !== undefined && error !== null && error !== false) {
    const fields = recordOf(error);
    // SGLang's Anthropic front wraps the error event once more.
    const inner = recordOf(fields?.['error']);
    const told = wordOf(error) ?? wordOf(fields?.['message']) ?? wordOf(inner?.['message']);
    return told ?? `an error without a message: ${JSON.stringify(error)}`;
  }
  if (value['object'] === 'error' || value['type'] === 'error') {
    return wordOf(value['message']) ?? `an error without a message: ${JSON.stringify(value)}`;
  }
  return undefined;
}

/**
 * What a person would read in an error response's body: the message inside JSON, an HTML page's title, or
 * the text itself on one line. `undefined` for an empty body.
 */
export function bodyMessage(body: string): string | undefined {
  const text = body.replace(/^\uFEFF/, '').trim();
  if (text === '') return undefined;
  if (/^(?:<!doctype|<html|<\?xml|<head|<body|<center|<h1|<title)/i.test(text)) return htmlMessage(text);
  // Some servers answer with a server-sent event under an error status.
  const event = /^data:(.*)/.exec(text)?.[1];
  return jsonMessage(event ?? text) ?? oneLine(text);
}

function jsonMessage(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const fields = recordOf(Array.isArray(value) ? value[0] : value);
  if (fields === undefined) return wordOf(value);
  return (
    errorObjectMessage(fields) ??
    wordOf(fields['message']) ??
    detailMessage(fields['detail']) ??
    wordOf(fields['title'])
  );
}

/** FastAPI's `detail`: a text, or a list of validation errors, each with the place and the complaint. */
function detailMessage(detail: unknown): string | undefined {
  const parts = listOf(detail).map((item) => {
    const fields = recordOf(item);
    const place = listOf(fields?.['loc']).join('.');
    return `${place}${place === '' ? '' : ': '}${wordOf(fields?.['msg']) ?? ''}`;
  });
  return wordOf(detail) ?? wordOf(recordOf(detail)?.['message']) ?? wordOf(parts.join('; '));
}

function htmlMessage(html: string): string | undefined {
  const titled =
    /<title[^>]*>([^<]*)<\/title>/i.exec(html)?.[1] ?? /<h1[^>]*>([\s\S]*?)<\/h1>/i.exec(html)?.[1];
  const text = titled ?? html.replace(/<(?:style|script)[\s\S]*?<\/(?:style|script)>/gi, ' ');
  return wordOf(oneLine(text.replace(/<[^>]*>/g, ' ')));
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
