import { createJsonEdit, type JsonEdit } from '../../wire/json-edit.ts';
import type { Ends } from '../../wire/json-scan.ts';

/** What is changed in an answer on its way to the client; everything else stays byte for byte. */
export interface AnswerEdits {
  /** The completion's id for the client. */
  id: string;
  /** Log-probabilities: as they came; `null`, as OpenAI writes it where nobody asked; or at most so many alternatives. */
  logprobs: 'keep' | 'remove' | { alternatives: number };
  /** In chunks: `usage` was asked for by the gateway alone. */
  removeUsage: boolean;
}

/** Applies the edits to a completion's or a chunk's JSON text, which the caller has parsed already. */
export function editAnswer(text: string, edits: AnswerEdits, ends?: Ends): JsonEdit {
  const edit = createJsonEdit(text, ends);
  edit.set('id', JSON.stringify(edits.id));
  if (edits.removeUsage) edit.delete('usage');
  const { logprobs } = edits;
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
