import { withoutThinking } from '../routing/signals/thinking.ts';
import type { AnswerView } from '../routing/checks.ts';

/** What was answered, without thinking. Tool calls as text: servers take them as calls only where their results follow. */
export function answerText({
  view: { text = '', refusal = '', toolCalls },
}: {
  view: Pick<AnswerView, 'text' | 'refusal' | 'toolCalls'>;
}): string {
  const calls = toolCalls.map((call) => `${call.name}(${call.arguments})`);
  return [withoutThinking(text).trim(), refusal, ...calls].filter((part) => part !== '').join('\n');
}
