import type { Clock } from '../clock.ts';

/**
 * The API keys whose last call to a model was answered, a short while ago. As long as there is one, calls that fail may be the fault
 * of the keys that made them, however many these are: two clients may send what a model's template cannot take.
 */
export interface WellKeys {
  answered(model: string, key: string): void;
  failed(model: string, key: string): void;
  any(model: string): boolean;
}

/** Whoever was answered longer ago may have gone, and says nothing of now. */
const LATELY_MS = 30_000;
/** Of each model, the newest. */
const MOST_KEYS = 16;

export function createWellKeys(clock: Pick<Clock, 'now'>): WellKeys {
  /** When each was answered, the newest last. */
  const byModel = new Map<string, Map<string, number>>();
  return {
    answered(model, key) {
      let keys = byModel.get(model);
      if (keys === undefined) byModel.set(model, (keys = new Map()));
      keys.delete(key);
      if (keys.size >= MOST_KEYS) {
        const [oldest = ''] = keys.keys();
        keys.delete(oldest);
      }
      keys.set(key, clock.now());
    },
    failed(model, key) {
      byModel.get(model)?.delete(key);
    },
    any(model) {
      const newest = [...(byModel.get(model)?.values() ?? [])].at(-1);
      return newest !== undefined && clock.now() - newest < LATELY_MS;
    },
  };
}
