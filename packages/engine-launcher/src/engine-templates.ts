import { splitWords, type CommandProblem } from './split-words.js';

/** How an engine is started and how it says that it is ready. */
export interface EngineTemplate {
  /** For people and the trace. */
  readonly name: string;
  readonly command:
    | { readonly kind: 'words'; readonly words: readonly string[] }
    /** For `sh -c`; only where a user asks for a shell. */
    | { readonly kind: 'shell'; readonly text: string };
  /** Asked in turn: a path that the engine does not know (404, 405, 501) leaves it to the next. */
  readonly healthPaths: readonly string[];
}

/** `{model}` is what the engine loads, `{name}` what requests call it. */
export const ENGINE_TEMPLATES: readonly EngineTemplate[] = [
  named('vllm', 'vllm serve {model} --served-model-name {name} --host {host} --port {port}'),
  named(
    'sglang',
    'python3 -m sglang.launch_server --model-path {model} --served-model-name {name} --host {host} --port {port}',
  ),
  named('tgi', 'text-generation-launcher --model-id {model} --hostname {host} --port {port}'),
  named('llama.cpp', 'llama-server --model {model} --alias {name} --host {host} --port {port} --metrics'),
];

const COMMON_HEALTH_PATHS = ['/health', '/v1/models'];

/** A template whose command is a plain list of words. */
function named(name: string, words: string): EngineTemplate {
  return { name, command: { kind: 'words', words: words.split(' ') }, healthPaths: ['/health'] };
}

export interface ReadTemplateOptions {
  /** What goes behind the command, as one text. */
  readonly argsText?: string | undefined;
  /** Have `sh -c` run the command: then its pipes, variables and `&&` mean what they mean there. */
  readonly shell?: boolean | undefined;
  readonly healthPath?: string | undefined;
  /** Templates by name; those of well-known engines unless given. */
  readonly known?: readonly EngineTemplate[];
}

/** The template that a text names, or the command that it is. */
export function readEngineTemplate(
  text: string,
  { argsText = '', shell = false, healthPath, known = ENGINE_TEMPLATES }: ReadTemplateOptions = {},
): EngineTemplate | CommandProblem {
  const healthPaths = healthPath === undefined ? undefined : [healthPath];
  const found = known.find(({ name }) => name === text.trim());
  if (shell && found === undefined)
    return {
      name: 'shell command',
      command: { kind: 'shell', text: `${text} ${argsText}`.trim() },
      healthPaths: healthPaths ?? COMMON_HEALTH_PATHS,
    };
  const words = found?.command.kind === 'words' ? found.command.words : splitWords(text);
  if ('problem' in words) return words;
  const [program] = words;
  if (program === undefined || program === '')
    return { problem: `expected a command or one of ${listOf(known)} but received "${text}"` };
  const args = splitWords(argsText);
  if ('problem' in args) return args;
  return {
    name: found?.name ?? program,
    command: { kind: 'words', words: [...words, ...args] },
    healthPaths: healthPaths ?? found?.healthPaths ?? COMMON_HEALTH_PATHS,
  };
}

function listOf(known: readonly EngineTemplate[]): string {
  return known.map(({ name }) => name).join(', ');
}
