import { UsageError } from '@fluidscope/errors';
import { schemaProblems } from '@fluidscope/workload';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { matrixSchema, type Matrix } from './matrix-schema.js';

type Path = readonly (string | number)[];

/** A matrix and where its entries stand. */
export interface ReadMatrix {
  readonly matrix: Matrix;
  /** `FILE:LINE` of an entry, or of the nearest thing around it that is there. */
  readonly placeOf: (path: Path) => string;
}

/** Reads a matrix; throws a `UsageError` with every problem, each with the line it stands in. */
export function readMatrix(text: string, file: string): ReadMatrix {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeOf = (path: Path): string => `${file}:${lineOf(document, lines, path)}`;
  if (document.errors.length > 0) {
    throw new UsageError(
      document.errors.map(
        ({ pos: [start], message }) =>
          `${file}:${lines.linePos(start).line}: Expected YAML but received: ${message}`,
      ),
      { code: 'matrix.yaml' },
    );
  }
  const input: unknown = document.toJS();
  const checked = matrixSchema.safeParse(input);
  const problems = checked.success
    ? repeatedNames(checked.data).map(({ path, text: problem }) => `${placeOf(path)}: ${problem}`)
    : checked.error.issues.flatMap((issue) => {
        const path = issue.path.filter((step) => typeof step !== 'symbol');
        const place = placeOf(issue.code === 'unrecognized_keys' ? [...path, issue.keys[0] ?? ''] : path);
        return schemaProblems(new z.ZodError([issue]), input, 'the matrix').map(
          (problem) => `${place}: ${problem}`,
        );
      });
  if (!checked.success || problems.length > 0)
    throw new UsageError(problems, { code: 'matrix.form', hint: 'docs/matrix.md has the form of the file.' });
  return { matrix: checked.data, placeOf };
}

/** Names are what results are kept and shown by. */
function repeatedNames(matrix: Matrix): readonly { readonly path: Path; readonly text: string }[] {
  return (['engines', 'models', 'workloads', 'slos'] as const).flatMap((axis) => {
    const names = matrix[axis].map(({ name }) => name);
    return names.flatMap((name, index) =>
      names.indexOf(name) === index
        ? []
        : [
            {
              path: [axis, index, 'name'],
              text: `Expected a name of its own for ${axis}.${index} but received "${name}" again`,
            },
          ],
    );
  });
}

function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
