import { withoutThinking } from '../routing/thinking.ts';
import type { ReadAnswer } from './answer-reader.ts';

/** What was answered, without thinking. Tool calls as text: servers take them as calls only where their results follow. */
export function answerText({ view }: ReadAnswer): string {
  const text = withoutThinking(view.text ?? '').trim();
  const calls = view.toolCalls.map((call) => `${call.name}(${call.arguments})`);
  return [text, view.refusal ?? '', ...calls].filter((part) => part !== '').join('\n');
}
