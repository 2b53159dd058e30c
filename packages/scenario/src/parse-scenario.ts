import { UsageError } from '@fluidscope/errors';
import { ENGINE_PROFILES, resolveEngineConfig } from '@fluidscope/serving-sim';
import { schemaProblems } from '@fluidscope/workload';
import { parseDocument } from 'yaml';
import { toFault } from './fault-schema.js';
import type { Fault } from './fault.js';
import { scenarioSchema, toScenario } from './scenario-schema.js';
import type { Scenario } from './scenario.js';

/**
 * Reads a scenario from YAML. Further texts are laid over the first, key by key (a list replaces a list), so that one fault can be run
 * under many loads and telemetry tiers.
 *
 * Throws a `UsageError` that names every problem by its path: "Expected a time with its unit, such as 150ms or 2s, for faults.0.pause
 * but received 150".
 */
export function parseScenario(...texts: readonly string[]): Scenario {
  const input = texts.map(parseYaml).reduce(overlaid, {});
  const checked = scenarioSchema.safeParse(input);
  if (!checked.success)
    throw new UsageError(schemaProblems(checked.error, input, 'the scenario'), { code: 'scenario.form' });
  const faults = faultsOf(input);
  const scenario = { ...toScenario(checked.data), faults };
  const problems = [...timingProblems(faults), ...placeProblems(scenario)];
  if (problems.length > 0) throw new UsageError(problems, { code: 'scenario.contradiction' });
  return withinReducedPool(scenario);
}

function parseYaml(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    throw new UsageError(
      document.errors.map(({ message }) => `Expected YAML for the scenario but received: ${message}`),
      { code: 'scenario.yaml' },
    );
  }
  return document.toJS();
}

function overlaid(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over ?? base;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const isChoice = isRecord(value) && 'kind' in value;
    merged[key] = isChoice ? value : overlaid(base[key], value);
  }
  return merged;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function faultsOf(input: unknown): readonly Fault[] {
  const given: unknown[] = isRecord(input) && Array.isArray(input['faults']) ? input['faults'] : [];
  const used = new Map<string, number>();
  return given.map((each) => {
    const kind = isRecord(each) ? String(each['kind']) : '';
    const count = (used.get(kind) ?? 0) + 1;
    used.set(kind, count);
    return toFault(each, count === 1 ? kind : `${kind}-${count}`);
  });
}

function timingProblems(faults: readonly Fault[]): readonly string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  faults.forEach(({ id, timing }, index) => {
    const name = `faults.${index}`;
    if (ids.has(id))
      problems.push(`Expected an id of its own for ${name} but received ${JSON.stringify(id)} again`);
    ids.add(id);
    const { everyNs, forNs } = timing;
    if (everyNs === 0) problems.push(`Expected a time above 0 for ${name}.every but received 0`);
    if (everyNs !== undefined && forNs !== undefined && forNs > everyNs)
      problems.push(`Expected at most every (${everyNs} ns) for ${name}.for but received ${forNs} ns`);
  });
  return problems;
}

function placeProblems({
  faults,
  replicaCount,
  gpus,
  load,
  background,
  telemetry,
}: Scenario): readonly string[] {
  const problems: string[] = [];
  const within = (name: string, value: number | undefined, count: number, what: string): void => {
    if (value !== undefined && value >= count)
      problems.push(`Expected one of ${count} ${what} for ${name} but received ${value}`);
  };
  faults.forEach(({ replicaIndex, effect }, index) => {
    within(`faults.${index}.replica`, replicaIndex, replicaCount, 'replicas');
    if ('gpuIndex' in effect)
      within(`faults.${index}.gpu`, effect.gpuIndex, gpus.countPerReplica, 'GPUs of a replica');
  });
  for (const [name, indexes] of [
    ['load.replicas', load.replicaIndexes],
    ...background.map((each, index) => [`background.${index}.replicas`, each.replicaIndexes] as const),
    ['telemetry.agents.replicas', telemetry.agents?.replicaIndexes],
  ] as const) {
    for (const each of indexes ?? []) within(name, each, replicaCount, 'replicas');
  }
  return problems;
}

/** The longest request must fit into what the faults leave of the KV pool: so it does in every replay, and no request changes with a fault. */
function withinReducedPool(scenario: Scenario): Scenario {
  const { engine, faults } = scenario;
  const profile = ENGINE_PROFILES[engine.profile];
  const config = resolveEngineConfig(profile, engine.overrides);
  const remaining = faults.flatMap(({ effect }) =>
    effect.kind === 'kv_blocks' ? [effect.remainingCount] : [],
  );
  const poolTokens = Math.min(config.kvBlockCount, ...remaining) * config.blockTokens;
  const overrides = { ...engine.overrides, maxModelTokens: Math.min(config.maxModelTokens, poolTokens) };
  resolveEngineConfig(profile, overrides);
  return { ...scenario, engine: { ...engine, overrides } };
}
