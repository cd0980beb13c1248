import { createJsonEdit, type JsonEdit } from '../../wire/json-edit.ts';
import type { Ends } from '../../wire/json-scan.ts';
import type { ChatRequest } from '../common/chat.ts';

/** What is changed in an answer on its way to the client; everything else stays byte for byte. */
export interface AnswerEdits {
  /** The completion's id for the client. */
  id: string;
  /** Log-probabilities: as they came; `null`, as OpenAI writes it where nobody asked; or at most so many alternatives. */
  logprobs: 'keep' | 'remove' | { alternatives: number };
  /** In chunks: `usage` was asked for by the gateway alone. */
  removeUsage: boolean;
}

/** What the gateway added for itself is taken out; the id is its own. */
export function editsOf(
  id: string,
  chat: ChatRequest,
  { addedLogprobs, stream }: { addedLogprobs: boolean; stream: boolean },
): AnswerEdits {
  const wanted = chat.logprobs === true ? { alternatives: chat.top_logprobs ?? 0 } : 'remove';
  return {
    id,
    logprobs: addedLogprobs ? wanted : 'keep',
    removeUsage: stream && chat.stream_options?.include_usage !== true,
  };
}

/** Applies the edits to a completion's JSON text, which must be valid. */
export function editAnswer(text: string, edits: AnswerEdits, ends?: Ends): JsonEdit {
  const edit = createJsonEdit(text, ends);
  if (edits.removeUsage) edit.delete('usage');
  return applyEdits(edit, edits);
}

const NO_CHOICE = /^\[\s*\]$/;

/** Applies the edits to a chunk's JSON text. @returns `undefined` where nothing but the usage that is removed was in it. */
export function editChunk(text: string, edits: AnswerEdits): string | undefined {
  const edit = createJsonEdit(text);
  const usage = edits.removeUsage ? edit.get('usage') : undefined;
  if (usage !== undefined) {
    if (usage !== 'null' && NO_CHOICE.test(edit.get('choices') ?? '')) return undefined;
    edit.delete('usage');
  }
  return applyEdits(edit, edits).toString();
}

function applyEdits(edit: JsonEdit, { id, logprobs }: AnswerEdits): JsonEdit {
  edit.set('id', JSON.stringify(id));
  if (logprobs === 'remove') {
    edit.editEach('choices', (choice) => {
      if (choice.get('logprobs') !== undefined) choice.set('logprobs', 'null');
    });
  }
  if (typeof logprobs === 'object') {
    edit.editEach('choices', (choice) =>
      choice.edit('logprobs', (member) => {
        for (const list of ['content', 'refusal'])
          member.editEach(list, (token) => token.truncate('top_logprobs', logprobs.alternatives));
      }),
    );
  }
  return edit;
}
