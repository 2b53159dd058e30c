import { parseScenario, type Scenario } from '@fluidscope/scenario';
import type { Cause } from '@fluidscope/trace-schema';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../', import.meta.url);

/** Names, without `.yaml`, of the files of a folder, in order. */
export function namesIn(folder: 'scenarios' | 'families' | 'tiers'): readonly string[] {
  return readdirSync(new URL(`${folder}/`, FOLDER))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .toSorted();
}

/** A scenario under a workload family, by the magnitudes that cost deadlines there where it has such of its own, seen through a telemetry tier where one is named. */
export function loadScenario(name: string, { family, tier }: { family: string; tier?: string }): Scenario {
  const texts = [
    text('families', family),
    text('scenarios', name),
    ...(hasMagnitudes(family, name) ? [text(`magnitudes/${family}`, name)] : []),
  ];
  return parseScenario(...texts, ...(tier === undefined ? [] : [text('tiers', tier)]));
}

/** What each scenario's faults should be called, by the fault's id; one that is not there should be blamed for nothing. For scoring alone. */
export type ExpectedCauses = Readonly<Record<string, Readonly<Record<string, Cause>>>>;

export function expectedCauses(): ExpectedCauses {
  return JSON.parse(readFileSync(new URL('expected-causes.json', FOLDER), 'utf8')) as ExpectedCauses;
}

function hasMagnitudes(family: string, name: string): boolean {
  return existsSync(new URL(`magnitudes/${family}/${name}.yaml`, FOLDER));
}

function text(folder: string, name: string): string {
  return readFileSync(new URL(`${folder}/${name}.yaml`, FOLDER), 'utf8');
}
