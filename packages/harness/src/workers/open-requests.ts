import type { RequestStart } from '@fluidscope/trace-schema';
import type { RecordBatch } from './worker-messages.js';

/** Which of a worker's requests have a start and no end yet: what is lost with it, should it crash. */
export class OpenRequests {
  readonly #open = new Map<number, RequestStart>();

  see(batch: RecordBatch): void {
    if (batch.table === 'request_starts') for (const row of batch.rows) this.#open.set(row.requestIndex, row);
    if (batch.table === 'request_ends') for (const row of batch.rows) this.#open.delete(row.requestIndex);
  }

  takeAll(): RequestStart[] {
    const rows = [...this.#open.values()];
    this.#open.clear();
    return rows;
  }
}
