import { isObject } from '../common/list-of-entries.ts';
import type { Unsaid } from '../common/unsaid.ts';
import { memberText } from './request-schema.ts';

/** A message's content in the common form. */
export function chatContent(content: unknown, unsaid: Unsaid): string | unknown[] | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  return (content as unknown[]).map((part) => chatPart(part, unsaid));
}

/** The output of a tool: there the common form has text alone. */
export function outputContent(output: unknown, unsaid: Unsaid): string | unknown[] {
  if (typeof output === 'string') return output;
  if (!Array.isArray(output)) return JSON.stringify(output ?? null);
  return (output as unknown[]).map((part) => {
    const said = chatPart(part, unsaid);
    if (isObject(said) && said['type'] !== 'text') unsaid.need('a tool whose output is more than text');
    return said;
  });
}

function chatPart(part: unknown, unsaid: Unsaid): unknown {
  const type = memberText(part, 'type');
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: memberText(part, 'text') ?? '' };
    case 'refusal':
      return { type: 'refusal', refusal: memberText(part, 'refusal') ?? '' };
    case 'input_image':
      return imagePart(part, unsaid);
    case 'input_file':
      return filePart(part, unsaid);
    case 'input_audio':
      return part;
    default:
      unsaid.need(`content of the type '${type ?? ''}'`);
      return part;
  }
}

function imagePart(part: unknown, unsaid: Unsaid): object {
  const url = memberText(part, 'image_url');
  const detail = memberText(part, 'detail');
  if (url === undefined) unsaid.need('a picture by the id of its file');
  return { type: 'image_url', image_url: { url: url ?? '', ...(detail === undefined ? {} : { detail }) } };
}

const FILE_MEMBERS = ['file_data', 'file_id', 'filename'] as const;

function filePart(part: unknown, unsaid: Unsaid): object {
  if (memberText(part, 'file_url') !== undefined) unsaid.need('a file by its address');
  const file: Record<string, string> = {};
  for (const name of FILE_MEMBERS) {
    const value = memberText(part, name);
    if (value !== undefined) file[name] = value;
  }
  return { type: 'file', file };
}
