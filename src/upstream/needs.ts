import { memberOf } from '../defined.ts';
import type { ChatRequest } from '../protocol/common/chat.ts';
import { CLIENTS_TOOLS } from '../protocol/common/responses-format.ts';

/** What a request may need that not every model has, as `models.*.supports` names it. */
export const NEEDS = ['tools', 'images', 'audio', 'jsonSchema', 'builtInTools'] as const;
export type Need = (typeof NEEDS)[number];

const NOTHING: readonly Need[] = [];

/** What a request needs beside text; the same empty list where there is nothing. */
export function needsOf(
  chat: Pick<ChatRequest, 'messages' | 'tools' | 'response_format'> & { functions?: unknown },
): readonly Need[] {
  let needs: Need[] | undefined;
  const add = (need: Need): void => {
    needs ??= [];
    if (!needs.includes(need)) needs.push(need);
  };
  const { tools, functions, response_format: format, messages } = chat;
  if (tools?.some(({ type }) => !CLIENTS_TOOLS.has(type)) === true) add('builtInTools');
  if ((tools?.length ?? 0) > 0 || (Array.isArray(functions) && functions.length > 0)) add('tools');
  if (format?.type === 'json_schema') add('jsonSchema');
  for (const { content } of messages) {
    if (!Array.isArray(content)) continue;
    for (const part of content) {
      const type = memberOf(part, 'type');
      // OpenAI's names. Files are left to the server: many kinds of them are text.
      if (type === 'image_url') add('images');
      else if (type === 'input_audio') add('audio');
    }
  }
  return needs ?? NOTHING;
}

/** A need as the end of a sentence about a model that cannot meet it. */
export const NEED_WORDS: Readonly<Record<Need, string>> = {
  tools: 'takes no tools',
  images: 'takes no images',
  audio: 'takes no audio',
  jsonSchema: 'takes no JSON Schema for its answers',
  builtInTools: "has none of its provider's own tools",
};
