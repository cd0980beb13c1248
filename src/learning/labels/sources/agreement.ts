import { agree } from '../agreement.ts';
import type { LabelSourceDefinition } from './label-source.ts';

/** Whether an answer says the same as the last tier's. Where it does not, it may still be right: a judge decides, if there is one. */
export const agreementSource: LabelSourceDefinition = {
  name: 'agreement',
  says: "whether the answer says the same as the last tier's",
  scoresAgainst: 'last-tier',
  isFittedOn: true,
  certifies: true,
  inAudits: {
    kind: 'compares',
    callsModel: false,
    named: ({ agreement }) =>
      agreement === undefined ? undefined : `agreement with the last tier (${agreement})`,
    howToUse: 'set a kind of agreement (`learning.agreement`)',
    comparerFor: (_, { agreement }) =>
      agreement === undefined
        ? undefined
        : (answer, lastTierAnswer) =>
            Promise.resolve(
              agree(agreement, answer, lastTierAnswer) ? { verdict: 1 } : { verdict: 0, isTentative: true },
            ),
  },
};
