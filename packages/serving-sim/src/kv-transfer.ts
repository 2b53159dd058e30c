/** KV that comes to GPUs from elsewhere. */
export interface KvTransfer {
  readonly startNs: number;
  readonly endNs: number;
  /** Over the whole time, evenly. */
  readonly movedBytes: number;
}
