const Z = 1.959963984540054;

/** The 97.5 % point of Student's t: the Cornish-Fisher expansion (Abramowitz and Stegun 26.7.5), within 3 % from 2 degrees of freedom on. */
export function studentT975(freedomCount: number): number {
  const g1 = (Z ** 3 + Z) / 4;
  const g2 = (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96;
  const g3 = (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384;
  const g4 = (79 * Z ** 9 + 776 * Z ** 7 + 1482 * Z ** 5 - 1920 * Z ** 3 - 945 * Z) / 92_160;
  return Z + g1 / freedomCount + g2 / freedomCount ** 2 + g3 / freedomCount ** 3 + g4 / freedomCount ** 4;
}
