export interface WaitingJob {
  key: string;
  /** In memory, while it waits. */
  bytes: number;
  /** Its schema was judged by before. */
  isKnown: boolean;
}

export interface Waiting<Job extends WaitingJob> {
  /** False where too much is waiting. */
  add(job: Job): boolean;
  /** The next: known schemas before those that are seen first, and among either the keys in turn. */
  take(): Job | undefined;
  remove(job: Job): void;
  readonly size: number;
  readonly bytes: number;
}

/** What waits to be judged, bounded in entries and bytes. */
export function createWaiting<Job extends WaitingJob>(maxJobs: number, maxBytes: number): Waiting<Job> {
  const known = new Map<string, Set<Job>>();
  const firstSeen = new Map<string, Set<Job>>();
  let [size, bytes] = [0, 0];

  function remove(job: Job): void {
    const turns = job.isKnown ? known : firstSeen;
    const jobs = turns.get(job.key);
    if (jobs?.delete(job) !== true) return;
    if (jobs.size === 0) turns.delete(job.key);
    size -= 1;
    bytes -= job.bytes;
  }

  function next(turns: Map<string, Set<Job>>): Job | undefined {
    for (const [key, jobs] of turns) {
      for (const job of jobs) {
        remove(job);
        // The key goes to the end, and the others have their turns.
        if (turns.delete(key)) turns.set(key, jobs);
        return job;
      }
    }
    return undefined;
  }

  return {
    add(job) {
      if (size >= maxJobs || bytes + job.bytes > maxBytes) return false;
      const turns = job.isKnown ? known : firstSeen;
      const jobs = turns.get(job.key) ?? new Set();
      turns.set(job.key, jobs.add(job));
      size += 1;
      bytes += job.bytes;
      return true;
    },
    take: () => next(known) ?? next(firstSeen),
    remove,
    get size() {
      return size;
    },
    get bytes() {
      return bytes;
    },
  };
}
