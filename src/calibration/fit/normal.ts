const CENTRE = {
  over: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
    67265.7709270087, 33430.57558358813, 2509.0809287301227,
  ],
  under: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
};
const SHOULDER = {
  over: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  under: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
};
const TAIL = {
  over: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  under: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
    1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
  ],
};

function ratio({ over, under }: { over: readonly number[]; under: readonly number[] }, at: number): number {
  const horner = (terms: readonly number[]): number => terms.reduceRight((sum, term) => sum * at + term, 0);
  return horner(over) / horner(under);
}

/**
 * The standard normal's quantile: z with Φ(z) = probability, to about 16 digits (Wichura 1988, Algorithm AS
 * 241, PPND16). −∞ at 0, ∞ at 1. Throws RangeError outside 0..1.
 */
export function normalQuantile(probability: number): number {
  if (!(probability >= 0 && probability <= 1)) throw new RangeError(`${probability} is not a probability`);
  const offset = probability - 0.5;
  if (Math.abs(offset) <= 0.425) return offset * ratio(CENTRE, 0.180625 - offset * offset);
  const tail = Math.min(probability, 1 - probability);
  if (tail === 0) return offset < 0 ? -Infinity : Infinity;
  const depth = Math.sqrt(-Math.log(tail));
  const z = depth <= 5 ? ratio(SHOULDER, depth - 1.6) : ratio(TAIL, depth - 5);
  return offset < 0 ? -z : z;
}

/** Beyond this the tail is below 10⁻¹⁸. */
const FAR = 9;

/**
 * The standard normal's distribution function Φ(z), to about 16 digits after the point (the series of Marsaglia 2004,
 * doi 10.18637/jss.v011.i04). NaN if z is none.
 */
export function normalProbability(z: number): number {
  if (Number.isNaN(z)) return NaN;
  if (Math.abs(z) > FAR) return z < 0 ? 0 : 1;
  let [sum, term, before] = [z, z, 0];
  for (let odd = 3; sum !== before; odd += 2) {
    before = sum;
    term *= (z * z) / odd;
    sum += term;
  }
  const area = 0.5 + sum * Math.exp(-0.5 * z * z - 0.5 * Math.log(2 * Math.PI));
  return Math.min(1, Math.max(0, area));
}
