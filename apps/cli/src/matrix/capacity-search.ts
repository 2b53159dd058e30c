import { FluidscopeError, UsageError } from '@fluidscope/errors';
import { Command, CommanderError } from 'commander';
import { rm } from 'node:fs/promises';
import { loadCapacityConfig } from '../capacity/capacity-config.js';
import { addCapacityFlags, type CapacityFlags } from '../capacity/capacity-flags.js';
import { searchCapacity, type CapacityResult } from '../capacity/search-capacity.js';
import type { CellAnswer, LoadKind } from './cell-answer.js';
import type { CellSearch } from './cell-search.js';

/** Searches a cell as `fluidscope capacity` would with the same flags. */
export const capacitySearch: CellSearch = {
  async prepare(args, env) {
    const config = await loadCapacityConfig(parseFlags(args), env);
    return {
      launch: config.run.launch,
      search: async (place) => {
        const answer = answerOf(await searchCapacity(config, place), config.by);
        if (answer !== undefined) return answer;
        // Runs in which nothing answered tell nothing: kept, they would be the answer again when the reason is mended.
        await rm(place.folder, { recursive: true, force: true });
        throw new FluidscopeError('Expected at least one request to end well but none did', {
          code: 'matrix.nothing-measured',
        });
      },
    };
  },
};

function parseFlags(args: readonly string[]): CapacityFlags {
  const command = addCapacityFlags(new Command('capacity'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  try {
    return command.parse([...args], { from: 'user' }).opts<CapacityFlags>();
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    throw new UsageError([thrown.message.replace(/^error: /, '')]);
  }
}

/** `undefined` where nothing was measured. */
function answerOf(
  { report: { verdict, binding, requestsCount } }: CapacityResult,
  by: LoadKind,
): CellAnswer | undefined {
  const binds = binding !== undefined && 'cause' in binding ? binding.cause : undefined;
  const endedBy = 'shortOf' in verdict ? verdict.shortOf : undefined;
  const effort = {
    by,
    requests_count: requestsCount,
    ...(binds === undefined ? {} : { binds }),
    ...(endedBy === undefined ? {} : { ended_by: endedBy }),
  };
  switch (verdict.kind) {
    case 'found':
      return {
        kind: 'found',
        ...effort,
        estimate: verdict.load,
        low: verdict.lowLoad,
        high: verdict.highLoad,
      };
    case 'not_met_at_lowest':
      return { kind: 'below', ...effort, limit: verdict.load };
    case 'met_at_highest':
      return { kind: 'above', ...effort, limit: verdict.load };
    case 'nothing_measured':
      return undefined;
    case 'swept':
      throw new Error('Expected a search but received a sweep');
  }
}
