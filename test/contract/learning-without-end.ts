/** The process that `learners.test.ts` kills: says when it is about to fit, and when it is about to write. */
import { createLearner } from '../../src/learning/learner/learner.ts';
import { openByClock } from '../../src/store/testing.ts';
import { LEARNED_ROUTE } from '../made-audits.ts';

const [path = '', nowMs = '', stopAt = ''] = process.argv.slice(2);
const store = await openByClock(`sqlite:${path}`, () => Number(nowMs));
const reach = async (place: string): Promise<void> => {
  process.stdout.write(`${place}\n`);
  // Here it waits for its end; elsewhere it goes on, to be killed wherever it is then.
  if (place === stopAt) await new Promise((resolve) => setTimeout(resolve, 600_000));
};
const learner = createLearner({
  store: {
    ...store,
    keepJob: async (...given) => {
      const kept = await store.keepJob(...given);
      await reach('fitting');
      return kept;
    },
    stepJob: async (...given) => {
      await reach('writing');
      return store.stepJob(...given);
    },
  },
  routes: [LEARNED_ROUTE],
  now: () => Number(nowMs),
});
for (;;) await learner.round();
