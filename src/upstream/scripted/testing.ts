/** Answers of scripted models that tests of a whole gateway have in common. */
import { pTrue } from '../../routing/signals/p-true.ts';
import { verbalized } from '../../routing/signals/verbalized.ts';
import type { AnswerToken } from '../completion.ts';
import { answers, refuses, type AskedChat, type ScriptedReply, type ScriptedStep } from './scripted-reply.ts';

/** Words with one probability each, and an alternative to every one. */
export function tokens(text: string, probability: number): AnswerToken[] {
  const [chosen, other] = [Math.log(probability), Math.log(Math.max(1e-6, 1 - probability))];
  return text.split(/(?<= )/).map((word) => ({
    text: word,
    logprob: chosen,
    top: [
      [word, chosen],
      ['~', other],
    ],
  }));
}

/** An answer over the small tier's threshold, and one under it. */
export const sure: ScriptedStep = answers({ tokens: tokens('Rome of course', 0.97) });
export const unsure: ScriptedStep = answers({ tokens: tokens('Perhaps Oslo', 0.5) });

/** What a step answers to this request. */
export const played = (step: ScriptedStep, asked: AskedChat): ScriptedReply | Promise<ScriptedReply> =>
  typeof step === 'function' ? step(asked) : step;

/** A reply to the question about an answer: the first token, with what else it could have been. */
export const says = (probabilityOfTrue: number): ScriptedStep =>
  answers({
    tokens: [
      {
        text: 'True',
        logprob: Math.log(probabilityOfTrue),
        top: [
          ['True', Math.log(probabilityOfTrue)],
          ['False', Math.log(1 - probabilityOfTrue)],
        ],
      },
    ],
    usage: { inputTokens: 40, outputTokens: 1 },
  });

export const doubtful = answers({ tokens: tokens('Perhaps Oslo', 0.7) });

export function lastText({ body }: AskedChat): unknown {
  return (body['messages'] as { content: unknown }[]).at(-1)?.content;
}

/** Answers questions doubtfully, and questions about its answers as it is told. */
export function smallModel(
  replies: { pTrue?: ScriptedStep; verbalized?: ScriptedStep },
  answer = doubtful,
): ScriptedStep {
  return (asked) => {
    const text = lastText(asked);
    if (text === pTrue.question) return played(replies.pTrue ?? refuses(500, { message: 'no' }), asked);
    if (text === verbalized.question)
      return played(replies.verbalized ?? refuses(500, { message: 'no' }), asked);
    return played(answer, asked);
  };
}
