import { createJsonEdit, type Ends, type JsonEdit } from '../../wire/json-edit.ts';

/** What is changed in an upstream's own response on its way to the client; everything else stays byte for byte. */
export interface ResponseEdits {
  /** The response's id for the client. */
  id: string;
  /** Log-probabilities: as they came; none; or with at most this many alternatives. */
  logprobs: 'keep' | 'remove' | { alternatives: number };
  /** The gateway keeps it. */
  kept?: true;
  /** JSON: the id of the response before it, for which the gateway has put the whole input together. */
  previous?: string;
}

/** A whole response. @param text its JSON, which must be valid */
export function editResponse(text: string, edits: ResponseEdits, ends?: Ends): JsonEdit {
  const edit = createJsonEdit(text, ends);
  applyTo(edit, edits);
  return edit;
}

function applyTo(response: JsonEdit, edits: ResponseEdits): void {
  response.set('id', JSON.stringify(edits.id));
  if (edits.kept === true) response.set('store', 'true');
  if (edits.previous !== undefined) response.set('previous_response_id', edits.previous);
  if (edits.logprobs === 'keep') return;
  if (response.get('top_logprobs') !== undefined)
    response.set('top_logprobs', edits.logprobs === 'remove' ? '0' : String(edits.logprobs.alternatives));
  response.editEach('output', (item) => editItem(item, edits));
}

/** One event of a stream. @param data its JSON, which must be valid */
export function editEvent(data: string, edits: ResponseEdits): string {
  const edit = createJsonEdit(data);
  edit.edit('response', (response) => applyTo(response, edits));
  if (edits.logprobs !== 'keep') {
    editLogprobs(edit, edits);
    edit.edit('part', (part) => editLogprobs(part, edits));
    edit.edit('item', (item) => editItem(item, edits));
  }
  return edit.toString();
}

function editItem(item: JsonEdit, edits: ResponseEdits): void {
  item.editEach('content', (part) => editLogprobs(part, edits));
}

function editLogprobs(member: JsonEdit, { logprobs }: ResponseEdits): void {
  if (member.get('logprobs') === undefined) return;
  if (logprobs === 'remove') member.set('logprobs', '[]');
  else if (logprobs !== 'keep')
    member.editEach('logprobs', (token) => token.truncate('top_logprobs', logprobs.alternatives));
}
