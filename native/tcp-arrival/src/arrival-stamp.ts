/** When bytes arrived: within `[arrivalNs - errorNs, arrivalNs]`, relative to the origin that the sockets were given. */
export interface ArrivalStamp {
  readonly arrivalNs: number;
  readonly errorNs: number;
  /** `user`: the kernel gave no stamp for this read, and the clock was read after it. */
  readonly source: 'kernel' | 'user';
}
