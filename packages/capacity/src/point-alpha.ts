/** Chance that a point is ever said to meet, or not to meet, an SLO on whose limit it lies. */
export const POINT_ALPHA = 0.05;
