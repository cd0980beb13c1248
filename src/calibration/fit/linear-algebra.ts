/* oxlint-disable typescript/no-non-null-assertion -- the loops bound every index by the matrix's own size. */
/** A symmetric n × n matrix, row after row; only its lower triangle is read. */
export type SymmetricMatrix = Float64Array;

/** The lower triangle L of A = L·Lᵀ, row after row; entries above the diagonal are 0. */
export type CholeskyFactor = Float64Array;

/**
 * Cholesky factor of a symmetric n × n matrix.
 * Returns undefined if the matrix is not positive definite to working precision.
 */
export function cholesky(matrix: SymmetricMatrix, n: number): CholeskyFactor | undefined {
  const factor = new Float64Array(n * n);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * n + column]!;
      for (let k = 0; k < column; k++) sum -= factor[row * n + k]! * factor[column * n + k]!;
      if (row > column) {
        factor[row * n + column] = sum / factor[column * n + column]!;
      } else {
        const rounding = 1e-15 * Math.abs(matrix[row * n + row]!);
        if (!(sum > rounding) || !Number.isFinite(sum)) return undefined;
        factor[row * n + row] = Math.sqrt(sum);
      }
    }
  }
  return factor;
}

/**
 * Cholesky factor of a positive semi-definite matrix that rounding may have made singular: the diagonal is
 * raised by increasing parts of itself until it factors. Throws RangeError if the matrix holds a number
 * that is not finite, or is not positive semi-definite at all.
 */
export function robustCholesky(matrix: SymmetricMatrix, n: number): CholeskyFactor {
  for (let raise = 0; raise <= 1e-3; raise = raise === 0 ? 1e-13 : raise * 100) {
    const raised = Float64Array.from(matrix);
    for (let i = 0; i < n; i++) raised[i * n + i]! += raise * (matrix[i * n + i]! || 1);
    const factor = cholesky(raised, n);
    if (factor !== undefined) return factor;
  }
  throw new RangeError('the matrix is not positive semi-definite');
}

/** Solves L·Lᵀ·x = b. `b` has the length n and is not changed. */
export function solveCholesky(factor: CholeskyFactor, n: number, b: ArrayLike<number>): Float64Array {
  const x = new Float64Array(n);
  for (let row = 0; row < n; row++) {
    let sum = b[row]!;
    for (let k = 0; k < row; k++) sum -= factor[row * n + k]! * x[k]!;
    x[row] = sum / factor[row * n + row]!;
  }
  for (let row = n - 1; row >= 0; row--) {
    let sum = x[row]!;
    for (let k = row + 1; k < n; k++) sum -= factor[k * n + row]! * x[k]!;
    x[row] = sum / factor[row * n + row]!;
  }
  return x;
}

/** The inverse of L·Lᵀ, a full symmetric n × n matrix. */
export function invertCholesky(factor: CholeskyFactor, n: number): SymmetricMatrix {
  const inverse = new Float64Array(n * n);
  const unit = new Float64Array(n);
  for (let column = 0; column < n; column++) {
    unit[column] = 1;
    const solved = solveCholesky(factor, n, unit);
    unit[column] = 0;
    for (let row = 0; row < n; row++) inverse[row * n + column] = solved[row]!;
  }
  return inverse;
}

/** Σ aᵢ·bᵢ over the length of `a`; `b` must be at least as long. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** xᵀ·M·x for a full symmetric n × n matrix. */
export function quadraticForm(matrix: ArrayLike<number>, x: ArrayLike<number>): number {
  const n = x.length;
  let sum = 0;
  for (let row = 0; row < n; row++) {
    let inner = 0;
    for (let column = 0; column < n; column++) inner += matrix[row * n + column]! * x[column]!;
    sum += x[row]! * inner;
  }
  return sum;
}
