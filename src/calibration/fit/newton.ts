/** A strictly convex function, evaluated at one point at a time. */
export interface ConvexObjective {
  /** The function's value at a point; may keep what `newtonStep` needs. */
  value(at: Float64Array): number;
  /** The step H⁻¹·∇f at the point last given to `value`, and the squared Newton decrement ∇fᵀ·H⁻¹·∇f. */
  newtonStep(): { step: Float64Array; decrement: number };
}

/** How a fit ended. */
export interface Convergence {
  /** Newton steps taken. */
  readonly iterations: number;
  /**
   * Half the squared Newton decrement before the last step: about how far the objective then was from its
   * minimum.
   */
  readonly excess: number;
  /** Whether `excess` fell below the tolerance. */
  readonly converged: boolean;
}

/**
 * `tolerance`: the excess of the objective that ends the search, 1e-10 by default. `maxIterations`: 100
 * by default.
 */
export interface NewtonOptions {
  readonly tolerance?: number;
  readonly maxIterations?: number;
}

/**
 * Minimises a strictly convex, twice differentiable function by Newton steps, halved until the function falls
 * (Boyd & Vandenberghe 2004, Convex Optimization, §9.5). Stops at the last point where no step lowers it.
 */
export function minimise(
  objective: ConvexObjective,
  start: Float64Array,
  options: NewtonOptions = {},
): { at: Float64Array } & Convergence {
  const { tolerance = 1e-10, maxIterations = 100 } = options;
  let at = start;
  let value = objective.value(at);
  for (let iterations = 0; ; iterations++) {
    const { step, decrement } = objective.newtonStep();
    const excess = decrement / 2;
    if (excess === 0) return { at, iterations, excess, converged: true };
    // So close to the minimum the full step is right: it squares the remaining error.
    if (excess <= tolerance)
      return { at: moved(at, step, 1), iterations: iterations + 1, excess, converged: true };
    if (iterations === maxIterations) return { at, iterations, excess, converged: false };
    const next = descend(objective, at, value, step, decrement);
    // If even the smallest step does not lower the value, the remaining excess is below rounding.
    if (next === undefined)
      return { at, iterations, excess, converged: excess <= 1e-9 * (1 + Math.abs(value)) };
    ({ at, value } = next);
  }
}

function moved(at: Float64Array, step: Float64Array, length: number): Float64Array {
  return at.map((coordinate, index) => coordinate - length * (step[index] ?? 0));
}

function descend(
  objective: ConvexObjective,
  at: Float64Array,
  value: number,
  step: Float64Array,
  decrement: number,
) {
  for (let length = 1; length > 1e-12; length /= 2) {
    const candidate = moved(at, step, length);
    const candidateValue = objective.value(candidate);
    if (candidateValue <= value - 0.1 * length * decrement) return { at: candidate, value: candidateValue };
    // Below the value's rounding error the test above is noise; the full step is right there.
    if (length === 1 && decrement <= 1e-13 * Math.abs(value)) return { at: candidate, value: candidateValue };
  }
  return undefined;
}
