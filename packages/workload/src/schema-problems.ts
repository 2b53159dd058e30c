import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** One line a problem: "Expected X for NAME but received Y". `input` is what was checked, `whole` what it is called. */
export function schemaProblems(error: z.ZodError, input: unknown, whole: string): readonly string[] {
  return error.issues.flatMap((issue) => issueProblems(issue, input, whole));
}

/** What came, short enough for one line. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function issueProblems(issue: Issue, input: unknown, whole: string): readonly string[] {
  const name = issue.path.length === 0 ? whole : issue.path.join('.');
  const received = describeValue(valueAt(input, issue.path));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) =>
        `Expected no ${key} for ${name} but received ${describeValue(valueAt(input, [...issue.path, key]))}`,
    );
  }
  return [`Expected ${expectation(issue)} for ${name} but received ${received}`];
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case 'too_small':
      return `${sizedThing(issue.origin)} ${issue.inclusive === false ? 'above' : 'of at least'} ${issue.minimum}`;
    case 'too_big':
      return `${sizedThing(issue.origin)} ${issue.inclusive === false ? 'below' : 'of at most'} ${issue.maximum}`;
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'invalid_union':
      return 'options' in issue ? oneOf(issue.options) : issue.message;
    case 'custom':
    case 'invalid_format':
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return issue.message;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  array: 'a list',
  object: 'an object',
};

function sizedThing(origin: string): string {
  if (origin === 'array') return 'a list with a length';
  return origin === 'string' ? 'a text with a length' : 'a number';
}

function oneOf(options: readonly unknown[] | undefined): string {
  return `one of ${(options ?? []).map(String).join(', ')}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}
