import { scoreAnswer } from '../../../traces/check.ts';
import { questionKeyOf } from '../question-key.ts';
import type { LabelSourceDefinition } from './label-source.ts';

/** A known right answer to the question, and a checker that compares an answer with it. */
export const referenceSource: LabelSourceDefinition = {
  name: 'reference',
  says: 'whether the answer fits a known right one, by a checker',
  scoresAgainst: 'truth',
  isFittedOn: true,
  certifies: true,
  sentWith: 'operator-key',
  inAudits: {
    kind: 'scores',
    named: () => 'reference answers',
    howToUse: 'import references (`weir labels import`)',
    async scorerFor({ route, messages }, { reference }) {
      const key = questionKeyOf(messages);
      if (key === undefined) return undefined;
      const known = await reference(route, key).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`The references could not be read: ${why}`, { cause: error });
      });
      return known === undefined ? undefined : (answer) => scoreAnswer(known.check, known.reference, answer);
    },
  },
};
