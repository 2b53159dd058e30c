import { parseDuration } from '@fluidscope/units';
import { parseArrivalStages, parseLengthSpec, type LengthSpec } from '@fluidscope/workload';
import { z } from 'zod';

/** A time as text with its unit, in ns. */
export const duration = z.unknown().transform((value, context): number => {
  const parsed = typeof value === 'string' ? parseDuration(value) : undefined;
  if (typeof parsed === 'number') return parsed;
  context.addIssue({ code: 'custom', message: 'a time with its unit, such as 150ms or 2s,' });
  return z.NEVER;
});

/** A time of either sign: `-20ms`. */
export const signedDuration = z.unknown().transform((value, context): number => {
  const [, sign = '', text = ''] = typeof value === 'string' ? (/^(-?)(.*)$/s.exec(value.trim()) ?? []) : [];
  const parsed = parseDuration(text);
  if (typeof parsed === 'number') return sign === '-' ? 0 - parsed : parsed;
  context.addIssue({ code: 'custom', message: 'a time with its unit, such as 50ms or -20ms,' });
  return z.NEVER;
});

/** `512`, `uniform:100-500`, `lognormal:512,256` … */
export const lengths = z.unknown().transform((value, context): LengthSpec => {
  const isText = typeof value === 'string' || typeof value === 'number';
  const parsed = isText ? parseLengthSpec(String(value)) : undefined;
  if (parsed !== undefined && 'kind' in parsed && parsed.kind !== 'recorded') return parsed;
  context.addIssue({
    code: 'custom',
    message: 'tokens such as 512, uniform:100-500, normal:512,64, lognormal:512,256 or zipf:1.2,1-4096',
  });
  return z.NEVER;
});

/** `10rps for 30s, 20rps for 30s` */
export const stages = z.unknown().transform((value, context) => {
  const parsed = typeof value === 'string' ? parseArrivalStages(value) : undefined;
  if (parsed !== undefined && !('problem' in parsed)) return parsed;
  context.addIssue({
    code: 'custom',
    message: 'stages such as "10rps for 30s, 10rps to 50rps for 1m"',
  });
  return z.NEVER;
});

export const ratio = z.number().min(0).max(1);
export const wholeFrom = (least: number, most = 1e9) => z.int().min(least).max(most);
