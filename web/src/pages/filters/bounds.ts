import type { Hit } from '../../api/search';

export interface Bounds {
  low: number;
  high: number;
  step: number;
}

/**
 * Round bounds around a field's values in a sample. Shares stay between 0 and 1. The ends of a slider mean “or less”
 * and “or more”, so that a value outside of the sample is never lost.
 */
export function bounds(sample: Hit[], field: string): Bounds | null {
  const values = sample.map((hit) => hit.item[field]).filter((value) => typeof value === 'number');
  if (values.length === 0) return null;
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (low >= 0 && high <= 1) return { low: 0, high: 1, step: 0.05 };
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(high - low, 1))) - 1);
  return { low: Math.floor(low / step) * step, high: Math.ceil(high / step) * step, step };
}
