import type { EngineTemplate } from './engine-templates.js';
import { redactWords } from './redact-secrets.js';

/** What stands for each placeholder, `{model}` for one; `undefined` where nobody said. */
export type PlaceholderValues = Readonly<Record<string, string | undefined>>;

/** A command as the system takes it. */
export interface EngineCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Variables that it needs beside the caller's. */
  readonly env: Readonly<Record<string, string>>;
}

const PLACEHOLDER = /\{([a-z_]+)\}/g;

/** The placeholders of a template, each once. */
export function placeholdersOf({ command }: EngineTemplate): readonly string[] {
  const texts = command.kind === 'words' ? command.words : [command.text];
  return [...new Set(texts.flatMap((text) => [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name)))];
}

/**
 * A template with its placeholders filled. A value never becomes more than the word it stands in; for a shell it goes by way of a variable, since
 * a value that is put into the text could end its quotes and become a command (`launch-engine.test.ts` tries).
 *
 * Throws for a placeholder that has no value: `placeholdersOf` tells before.
 */
export function engineCommand({ command }: EngineTemplate, values: PlaceholderValues): EngineCommand {
  if (command.kind === 'words') {
    const [program = '', ...args] = command.words.map((word) =>
      word.replace(PLACEHOLDER, (_, name: string) => valueOf(values, name)),
    );
    return { program, args, env: {} };
  }
  const env: Record<string, string> = {};
  const text = command.text.replace(PLACEHOLDER, (_, name: string) => {
    const variable = `FLUIDSCOPE_LAUNCH_${name.toUpperCase()}`;
    env[variable] = valueOf(values, name);
    return `\${${variable}}`;
  });
  return { program: '/bin/sh', args: ['-c', text], env };
}

/** A template for people, whatever port it gets: filled as far as `values` say, without secrets. */
export function templateText({ command }: EngineTemplate, values: PlaceholderValues): string {
  const words = command.kind === 'words' ? command.words : ['sh', '-c', command.text];
  const filled = words.map((word) =>
    word.replace(PLACEHOLDER, (whole, name: string) => values[name] ?? whole),
  );
  return redactWords(filled).join(' ');
}

function valueOf(values: PlaceholderValues, name: string): string {
  const value = values[name];
  if (value === undefined) throw new Error(`Expected a value for {${name}} but received none`);
  return value;
}
