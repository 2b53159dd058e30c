import { z } from 'zod';

/** A flag’s value; `true` for one that takes none. */
const flagValue = z.union([z.string(), z.number(), z.literal(true)], 'a text, a number or true');

export type FlagValue = z.infer<typeof flagValue>;

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@+ -]{0,79}$/, 'a name of letters, digits and . _ : / @ + - or blank');

const variables = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.union([z.string(), z.number()]));

/** An entry whose own keys are `shape`; every other key is a flag. */
function entry<Shape extends z.ZodRawShape>(shape: Shape) {
  const own = z.object(shape);
  return z
    .looseObject(shape)
    .check((context) => {
      for (const [key, value] of Object.entries(context.value)) {
        if (key in shape || flagValue.safeParse(value).success) continue;
        const message = 'a flag’s value: a text, a number or true';
        context.issues.push({ code: 'custom', message, input: value, path: [key] });
      }
    })
    .transform((input) => ({
      ...own.parse(input),
      flags: Object.fromEntries(
        Object.entries(input).flatMap(([key, value]): [string, FlagValue][] => {
          const flag = key in shape ? undefined : flagValue.safeParse(value);
          return flag?.success === true ? [[key, flag.data]] : [];
        }),
      ),
    }));
}

const launchedEngine = entry({
  name,
  launch: z.string(),
  args: z.string().optional(),
  env: variables.optional(),
  health: z.string().optional(),
  port: z.int().optional(),
  timeout: z.string().optional(),
  grace: z.string().optional(),
  shell: z.literal(true).optional(),
});

const givenEngine = entry({ name, url: z.string() });

/** `path`: what an engine that is started loads, where that is not the name. */
const model = z.union([
  z.string().transform((text) => ({ name: text, path: undefined, flags: {} })),
  entry({ name: z.string(), path: z.string().optional() }),
]);

/**
 * A matrix as its file has it. Every entry but an SLO may carry flags of `fluidscope capacity`, without their dashes; those of later axes go before
 * those of earlier ones, and `search` has those of all cells.
 */
export const matrixSchema = z.strictObject({
  title: z.string().optional(),
  engines: z.array(z.union([launchedEngine, givenEngine], 'launch (a command or an engine) or url')).min(1),
  models: z.array(model).min(1),
  workloads: z.array(entry({ name })).min(1),
  slos: z.array(z.strictObject({ name, slo: z.string() })).min(1),
  search: z.record(z.string(), flagValue).optional(),
});

export type Matrix = z.infer<typeof matrixSchema>;
export type MatrixEngine = Matrix['engines'][number];
export type MatrixModel = Matrix['models'][number];
export type MatrixWorkload = Matrix['workloads'][number];
export type MatrixSlo = Matrix['slos'][number];
