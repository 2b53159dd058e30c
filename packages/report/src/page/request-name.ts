/** As `requestIdOf` of the trace has it. */
export function requestName(index: number): string {
  return `r${String(index).padStart(6, '0')}`;
}
