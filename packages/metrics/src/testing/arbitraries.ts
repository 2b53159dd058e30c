import fc from 'fast-check';

/** Gaps that make late, early and bursty tokens against deadlines of the same size, zero included. */
export const gapNs = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.constant(0),
  fc.integer({ min: 40, max: 1_000 }),
  fc.integer({ min: 0, max: 10_000_000_000 }),
);

export const chunk = fc.tuple(gapNs, fc.integer({ min: 0, max: 4 }));

export const chunks = fc.array(chunk, { maxLength: 40 });

export const deadlineNs = fc.oneof(
  fc.integer({ min: 1, max: 60 }),
  fc.integer({ min: 1, max: 5_000_000_000 }),
);
