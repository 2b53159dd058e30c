import { LONGEST_MESSAGE_CHARS, oneLine } from './server-message.js';

const SECRET_HEADERS = /(?:^authorization|^proxy-authorization|^cookie|api[-_]?key|token|secret)$/i;
/** Shorter values are no secrets (`x`, `none`), and hiding them would blank out words of a message. */
const SHORTEST_SECRET_CHARS = 4;

export interface SecretSources {
  readonly apiKey: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The password within the URL. */
  readonly password: string;
}

/**
 * Makes the text of a message fit to be stored: our secrets hidden wherever a server or a library echoed
 * them, on one line, cut to the length limit. Hiding comes before cutting, so that no half of a key is left.
 */
export function messageCleaner(sources: SecretSources): (message: string) => string {
  const secrets = new Set<string>();
  for (const [name, value] of Object.entries(sources.headers)) {
    if (!SECRET_HEADERS.test(name)) continue;
    secrets.add(value);
    secrets.add(value.replace(/^\S+\s+/, ''));
  }
  for (const secret of [sources.apiKey ?? '', sources.password]) {
    secrets.add(secret).add(encodeURIComponent(secret)).add(JSON.stringify(secret).slice(1, -1));
  }
  // The longest first: one secret may hold another (`Bearer KEY` holds `KEY`).
  const hidden = [...secrets]
    .filter((secret) => secret.length >= SHORTEST_SECRET_CHARS)
    .sort((a, b) => b.length - a.length);
  return (message) => {
    let text = message;
    for (const secret of hidden) text = text.replaceAll(secret, '[redacted]');
    text = oneLine(text);
    return text.length > LONGEST_MESSAGE_CHARS ? `${text.slice(0, LONGEST_MESSAGE_CHARS - 1)}…` : text;
  };
}
