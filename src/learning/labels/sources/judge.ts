import { judgeAnswer, requestText } from '../judge.ts';
import type { LabelSourceDefinition } from './label-source.ts';

/** A model that compares an answer with the last tier's. */
export const judgeSource: LabelSourceDefinition = {
  name: 'judge',
  says: "what a model thinks of the answer, beside the last tier's",
  scoresAgainst: 'last-tier',
  isFittedOn: true,
  certifies: true,
  inAudits: {
    kind: 'compares',
    callsModel: true,
    named: ({ judge }) => (judge === undefined ? undefined : `the judge ${judge}`),
    howToUse: 'name a judge (`learning.judge`)',
    comparerFor(question, { prompt }) {
      const { askJudge } = question;
      if (askJudge === undefined) return undefined;
      const text = requestText(question);
      return (answer, reference) =>
        text === undefined
          ? Promise.resolve({ problem: 'The judge was not asked, because the request is not text alone.' })
          : judgeAnswer(prompt, { question: text, reference, answer }, askJudge);
    },
  },
};
