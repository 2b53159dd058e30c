import type { EpisodeMiss, EpisodeRow } from '@fluidscope/trace-schema';
import { BatchWriter } from './batch-writer.js';
import { openForWriting } from './database.js';
import { openTraceReader } from './open-trace-reader.js';
import { EPISODE_MISSES, EPISODES } from './recorded-tables.js';
import { RowStage } from './row-stage.js';
import { clearEpisodesSql } from './schema.js';
import { writeError } from './storage-errors.js';

export interface DiagnosedEpisodes {
  readonly episodes: readonly EpisodeRow[];
  readonly misses: readonly EpisodeMiss[];
}

/**
 * Puts the episodes of a diagnosis into the trace, in place of those of an earlier one. What was recorded is not touched. A trace that was
 * cut short takes them too.
 *
 * Throws a `FluidscopeError` as `openTraceReader` and `createTraceWriter` do. Nothing of this process may have the file open.
 */
export async function recordEpisodes(path: string, { episodes, misses }: DiagnosedEpisodes): Promise<void> {
  await (await openTraceReader(path)).close();
  try {
    const database = await openForWriting(path);
    const connection = await database.connect();
    try {
      await connection.run(['BEGIN', ...clearEpisodesSql(), 'COMMIT'].join(';\n'));
    } catch (thrown) {
      database.close();
      throw thrown;
    } finally {
      connection.closeSync();
    }
    const writer = await BatchWriter.open(database, [EPISODES.name, EPISODE_MISSES.name]);
    try {
      await writer.write([stageOf(EPISODES, episodes), stageOf(EPISODE_MISSES, misses)]);
      await writer.checkpoint();
    } finally {
      writer.close();
    }
  } catch (thrown) {
    throw writeError(thrown, path);
  }
}

function stageOf<Row>(
  table: ConstructorParameters<typeof RowStage<Row>>[0],
  rows: readonly Row[],
): RowStage<Row> {
  const stage = new RowStage(table);
  stage.append(rows);
  return stage;
}
