import { roughTokens, textOfMessages, tokensOfTools, type RequestText } from './request-text.ts';
import type { FreeSignals } from './signal.ts';

/** Signals that are known before any model is asked. */
export const requestSignals: FreeSignals = {
  signals: [
    {
      name: 'promptTokens',
      range: [0, Infinity],
      unit: 'tokens',
      transform: 'log1p',
      meaning: 'Tokens of the messages and the tools offered, estimated from their characters.',
    },
    {
      name: 'turns',
      range: [0, Infinity],
      unit: 'messages',
      meaning: 'Messages of the user.',
    },
  ],
  ofRequest: readRequest,
};

export function readRequest({ messages, tools }: RequestText): { promptTokens: number; turns: number } {
  const inTools = tools == null ? 0 : tokensOfTools(tools);
  return {
    promptTokens: textOfMessages(messages).reduce((sum, text) => sum + roughTokens(text), inTools),
    turns: messages.filter(({ role }) => role === 'user').length,
  };
}
