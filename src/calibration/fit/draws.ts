import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { normalQuantile } from './normal.ts';
import { createRandom, type RandomGenerator } from './random.ts';

const STEPS = 2 ** 31;

/**
 * A generator like that of `createRandom`, whose numbers are unrelated for seeds that are near each other: the generator is linear, so
 * such seeds are mixed first (the finaliser of MurmurHash3).
 */
export function createUnrelatedRandom(seed: number): RandomGenerator {
  let mixed = seed ^ (seed >>> 16) ^ 0x9e3779b9;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return createRandom(mixed ^ (mixed >>> 16));
}

/** Uniform within 0..1, both ends left out. Advances the generator. */
export function drawUniform(random: RandomGenerator): number {
  return (uniformInt(random, 0, STEPS - 1) + 0.5) / STEPS;
}

/** Standard normal. Advances the generator. */
export function drawNormal(random: RandomGenerator): number {
  return normalQuantile(drawUniform(random));
}

/** Gamma of this shape ≥ ½ and scale 1 (Marsaglia & Tsang 2000, doi 10.1145/358407.358414). */
function drawGamma(shape: number, random: RandomGenerator): number {
  if (shape < 1) return drawGamma(shape + 1, random) * drawUniform(random) ** (1 / shape);
  const base = shape - 1 / 3;
  const spread = 1 / Math.sqrt(9 * base);
  for (;;) {
    const z = drawNormal(random);
    const cube = (1 + spread * z) ** 3;
    if (cube > 0 && Math.log(drawUniform(random)) < 0.5 * z * z + base - base * cube + base * Math.log(cube))
      return base * cube;
  }
}

/**
 * Shares of classes that these counts (each ≥ 0, not necessarily whole) were seen of, drawn from the posterior after Jeffreys'
 * prior: a Dirichlet distribution. They sum to 1. Advances the generator.
 */
export function drawShares(counts: readonly number[], random: RandomGenerator): number[] {
  const drawn = counts.map((count) => drawGamma(count + 0.5, random));
  const sum = drawn.reduce((total, each) => total + each, 0);
  return drawn.map((each) => each / sum);
}
