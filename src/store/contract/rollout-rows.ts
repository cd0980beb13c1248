/** One change of the share of a route's requests that its policy decides, made while a gateway may run. */
export interface RolloutStep {
  route: string;
  /** 1, 2, … on each route. */
  number: number;
  /** From now on, within [0, 1]. */
  share: number;
  /** What the configuration said then: where it says another share later, the step has had its time. */
  configured: number;
  /** Why, in a sentence; absent where a person gave no reason. */
  why?: string;
  takenBy: string;
  takenAtMs: number;
}

/** Shares that were stated while gateways ran. Every method throws {@link WeirError}: `store_unavailable` where the store as a whole fails. */
export interface RolloutStore {
  /** The newest step of each route that has one. Cheap enough to poll. */
  rollouts(): Promise<ReadonlyMap<string, RolloutStep>>;
  /** Every step of a route, the first one first. */
  rolloutSteps(route: string): Promise<RolloutStep[]>;
  /** Adds a step after all others of its route. */
  stepRollout(step: Omit<RolloutStep, 'number'>): Promise<RolloutStep>;
}
