import type { Upstream } from './upstream.ts';

/** Upstreams that no new request is sent to, kept until none that began with them can be under way. */
export interface Retired {
  /** @param patienceMs the longest that a request can take. */
  add(upstreams: readonly Upstream[], patienceMs: number): void;
  /** Closes them now. */
  close(): Promise<void>;
}

export function createRetired(): Retired {
  const waiting = new Map<Upstream, NodeJS.Timeout>();
  return {
    add(upstreams, patienceMs) {
      for (const upstream of upstreams) {
        const end = (): void => {
          waiting.delete(upstream);
          void upstream.close();
        };
        waiting.set(upstream, setTimeout(end, patienceMs).unref());
      }
    },
    async close() {
      for (const timer of waiting.values()) clearTimeout(timer);
      await Promise.all([...waiting.keys()].map((upstream) => upstream.close()));
    },
  };
}
