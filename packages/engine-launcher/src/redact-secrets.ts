const SECRET_NAME = /auth|api[_-]?key|secret|password|credential|token$|^key$/i;
const REDACTED = '[redacted]';
/** A shorter value could be a word like any other. */
const MIN_SECRET_CHARS = 6;

/** The words of a command for people and files: the value of `--api-key x`, `--api-key=x` and `NAME_TOKEN=x` is kept by name alone. */
export function redactWords(words: readonly string[]): readonly string[] {
  return words.map((word, index) => {
    const before = words[index - 1];
    if (before !== undefined && isSecretFlag(before) && !word.startsWith('-')) return REDACTED;
    const { name } = assignment(word);
    return name === undefined ? word : `${name}=${REDACTED}`;
  });
}

/** The values that `redactWords` takes out, and those of variables with such names. */
export function secretsOf(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): readonly string[] {
  const shown = redactWords(words);
  const ofWords = words.filter((_, index) => shown[index] === REDACTED);
  const assigned = words.flatMap((word) => assignment(word).value ?? []);
  const ofEnv = Object.entries(env).flatMap(([name, value]) => (SECRET_NAME.test(name) ? [value] : []));
  return [...ofWords, ...assigned, ...ofEnv].filter(({ length }) => length >= MIN_SECRET_CHARS);
}

export function redactText(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, REDACTED), text);
}

function isSecretFlag(word: string): boolean {
  return /^--?[^=]+$/.test(word) && SECRET_NAME.test(word.replace(/^-+/, ''));
}

function assignment(word: string): { readonly name?: string; readonly value?: string } {
  const [, name, value] = /^([^=\s]+)=(.+)$/s.exec(word) ?? [];
  return name !== undefined && value !== undefined && SECRET_NAME.test(name.replace(/^-+/, ''))
    ? { name, value }
    : {};
}
