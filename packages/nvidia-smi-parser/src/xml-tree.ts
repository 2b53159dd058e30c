import { SaxesParser } from 'saxes';
import type { ProblemList } from './problem-list.js';

/** One element; `text` is its own text, trimmed. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

interface Growing {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Growing[];
  text: string;
}

/** nvidia-smi nests about eight deep; deeper text is none of its making, and trees are walked by recursion. */
const MAX_DEPTH = 64;

/** The root element of what can be read of the text, or `undefined` when there is none. Broken and truncated text gives its sound part. */
export function readXmlTree(text: string, problems: ProblemList): XmlElement | undefined {
  const root: Growing = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let tooDeep = 0;
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    problems.add(/unclosed|end of/i.test(error.message) ? 'truncated' : 'bad xml', error.message);
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: Growing = { name, attributes: { ...attributes }, children: [], text: '' };
    if (open.length >= MAX_DEPTH) {
      tooDeep += 1;
      return;
    }
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (part) => {
    const element = open.at(-1);
    if (element !== undefined && tooDeep === 0) element.text = (element.text + part).trim();
  });
  parser.on('closetag', () => {
    if (tooDeep > 0) tooDeep -= 1;
    else if (open.length > 1) open.pop();
  });
  try {
    parser.write(text).close();
  } catch (error) {
    problems.add('bad xml', error instanceof Error ? error.message : String(error));
  }
  return root.children[0];
}

/** All elements at a path of names below `element`, separated by `/`. */
export function elementsAt(element: XmlElement, path: string): readonly XmlElement[] {
  return path
    .split('/')
    .reduce<readonly XmlElement[]>(
      (found, name) => found.flatMap((each) => each.children.filter((child) => child.name === name)),
      [element],
    );
}

export function textAt(element: XmlElement, path: string): string | undefined {
  return elementsAt(element, path)[0]?.text;
}
