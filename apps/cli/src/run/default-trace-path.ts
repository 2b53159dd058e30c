/** `fluidscope-20260131-142500.duckdb`, in UTC. */
export function defaultTracePath(startedWallNs: bigint): string {
  const startedAt = new Date(Number(startedWallNs / 1_000_000n));
  const [date = '', time = ''] = startedAt.toISOString().split(/[T.]/);
  return `fluidscope-${date.replaceAll('-', '')}-${time.replaceAll(':', '')}.duckdb`;
}
