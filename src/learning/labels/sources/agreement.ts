import { compareAnswers } from '../../../traces/comparing/compare-answers.ts';
import type { Sameness } from '../../../traces/comparing/sameness.ts';
import { lastUserMessage } from '../../../traces/question-text.ts';
import type { ComparedAnswer, LabelSourceDefinition } from './label-source.ts';

/** Whether an answer says the same as the last tier's. Only what is certain is a verdict; else a judge decides, if there is one. */
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
    comparerFor({ messages }, { agreement }) {
      if (agreement === undefined) return undefined;
      const question = lastUserMessage(messages) ?? '';
      return (answer, lastTierAnswer) =>
        Promise.resolve(VERDICTS[compareAnswers(agreement, answer, lastTierAnswer, question)]);
    },
  },
};

const VERDICTS: Readonly<Record<Sameness, ComparedAnswer>> = {
  same: { verdict: 1 },
  // Other words may be as right.
  different: { verdict: 0, isTentative: true },
  unknown: { problem: 'Whether it agrees with the last tier’s is not certain.', isTentative: true },
};
