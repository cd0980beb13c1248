/** Bins per unit: a quantile read back is at most half a bin (0.025) from the true one. */
const BINS_PER_UNIT = 20;
const UNITS = 20;
const LAST_BIN = BINS_PER_UNIT * UNITS - 1;

/**
 * A running quantile of numbers between −20 and 0 (smaller ones count as −20) in constant memory and constant
 * time a number, so that every prefix of a stream has one.
 */
export function createQuantile(): { add(value: number): void; at(share: number): number } {
  // Grows only as far as the smallest number needs: an answer makes up to six of these.
  const bins: number[] = [];
  let count = 0;
  return {
    add(value) {
      const bin = Math.min(LAST_BIN, Math.max(0, Math.floor(-value * BINS_PER_UNIT)));
      bins[bin] = (bins[bin] ?? 0) + 1;
      count += 1;
    },
    /** The value below which `share` (0..1) of the numbers lie; NaN where there are none. */
    at(share) {
      if (count === 0) return Number.NaN;
      const wanted = Math.max(1, Math.ceil(share * count));
      let seen = 0;
      for (let bin = bins.length - 1; bin >= 0; bin -= 1) {
        seen += bins[bin] ?? 0;
        if (seen >= wanted) return -(bin + 0.5) / BINS_PER_UNIT;
      }
      return 0;
    },
  };
}
