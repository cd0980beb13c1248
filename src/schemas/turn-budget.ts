export interface TurnBudget {
  readonly isSpent: boolean;
  spend(steps: number): void;
}

/**
 * Bounds what is done before the event loop turns: an answer may call a thousand tools, each of which is cheap enough to be judged
 * at once, and all of which are not.
 */
export function createTurnBudget(maxSteps: number): TurnBudget {
  let spent = 0;
  let isTurning = false;
  return {
    get isSpent() {
      return spent >= maxSteps;
    },
    spend(steps) {
      spent += steps;
      // The next turn costs something itself: little work is added up over several.
      if (isTurning || spent < maxSteps / 16) return;
      isTurning = true;
      setImmediate(() => {
        spent = 0;
        isTurning = false;
      });
    },
  };
}
