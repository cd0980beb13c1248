import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { WeirError } from '../errors.ts';
import { createLearner } from '../learning/learner/learner.ts';
import type { LearnerData, LearnerMessage, LearnerNews } from '../learning/learner/learner-thread.ts';
import { openStore } from '../store/open.ts';

/** The thread behind `createLearnerThread`: a round every few seconds, on a connection of its own. */
const ROUND_EVERY_MS = 3_000;

const { storeUrl, routes, sinceMs } = workerData as LearnerData;
const store = await openStore(storeUrl);
const say = (message: LearnerMessage): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window: it has no origin.
  parentPort?.postMessage(message);
};
const tell = (news: LearnerNews): void => {
  if (news.forced || news.events.length > 0 || news.problems.length > 0) say({ news });
};
const learner = createLearner({
  store,
  routes,
  now: Date.now,
  sinceMs,
  onStep: (step) => tell({ ...step, problems: [] }),
  onHold: (held) => say(held === undefined ? {} : { held }),
});
let told = new Map<string, string>();

for (;;) {
  try {
    const { problems } = await learner.round();
    const news = [...problems].filter(([route, problem]) => told.get(route) !== problem);
    told = new Map(problems);
    tell({ events: [], forced: false, problems: news });
  } catch (error) {
    // The store cannot be reached: readiness reports it, and the next round tries again.
    if (!(error instanceof WeirError && error.code === 'store_unavailable')) throw error;
  }
  await sleep(ROUND_EVERY_MS);
}
