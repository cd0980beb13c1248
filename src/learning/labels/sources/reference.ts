import { commandLine } from '../../../format/command-line.ts';
import type { ReferenceRow } from '../../../store/contract/learning-rows.ts';
import { isDoubtful, scoreAnswer } from '../../../traces/check.ts';
import { lastUserMessage } from '../../../traces/question-text.ts';
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
    howToUse: `import references (${commandLine('labels import FILE')})`,
    async scorerFor({ route, messages }, { reference }) {
      const key = questionKeyOf(messages);
      if (key === undefined) return undefined;
      const known = await reference(route, key).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`The references could not be read: ${why}`, { cause: error });
      });
      const question = lastUserMessage(messages) ?? '';
      return known === undefined
        ? undefined
        : (answer, { isLast }) => referenceVerdict(known, { text: answer, question, isLast });
    },
  },
};

/**
 * The verdict of a reference on an answer. In doubt an answer is wrong, but the last tier's is right, where it names what is
 * right: so a loss may seem greater than it is, and never smaller. What both get wrong loses nothing.
 */
export function referenceVerdict(
  { check, reference }: Pick<ReferenceRow, 'check' | 'reference'>,
  { text, question, isLast }: { text: string; question: string; isLast: boolean },
): 0 | 1 {
  const score = scoreAnswer(check, reference, text);
  return isLast && score === 0 && isDoubtful(check, reference, text, question) ? 1 : score;
}
