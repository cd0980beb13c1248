import fc from 'fast-check';

/** So fine is a range divided. */
const STEPS = 100_000;

/**
 * Numbers spread evenly from `min` to `max`, both of which come. `fc.double` spreads its values over all floating-point numbers
 * instead: of those between 0 and 1 nearly all are below a millionth, and a property of shares would be tested at 0 alone.
 */
export function between(min: number, max: number): fc.Arbitrary<number> {
  return fc
    .integer({ min: 0, max: STEPS })
    .map((step) => (step === STEPS ? max : min + ((max - min) * step) / STEPS));
}
