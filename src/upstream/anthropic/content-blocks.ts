import { memberOf } from '../../defined.ts';
import { listText, objectText } from '../../wire/json-parts.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import { cannotBeTold } from './tell.ts';

/** A content of the common form as Anthropic's blocks, each as JSON text. An empty text is none: the API refuses it. */
export function blocksOfContent(content: unknown, upstream: string): string[] {
  if (typeof content === 'string') return content === '' ? [] : [textBlock(content)];
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: unknown) => blocksOfPart(part, upstream));
}

export function textBlock(text: string, cacheControl?: unknown): string {
  return objectText({ type: '"text"', text: JSON.stringify(text), ...cached(cacheControl) });
}

function blocksOfPart(part: unknown, upstream: string): string[] {
  if (!isObject(part)) return [];
  const mark = part['cache_control'];
  switch (part['type']) {
    case 'text':
      return stringIn(part, 'text') === '' ? [] : [textBlock(stringIn(part, 'text'), mark)];
    case 'refusal':
      return stringIn(part, 'refusal') === '' ? [] : [textBlock(stringIn(part, 'refusal'), mark)];
    case 'image_url': {
      const url = memberOf(part['image_url'], 'url');
      return [blockWithSource('image', typeof url === 'string' ? url : '', mark)];
    }
    case 'file':
      return [fileBlock(part['file'], mark, upstream)];
    // Thinking that nobody signed is not taken back.
    case 'thinking':
      return [];
    default:
      throw cannotBeTold(upstream, `content of type '${stringIn(part, 'type')}'`);
  }
}

function fileBlock(file: unknown, mark: unknown, upstream: string): string {
  const [data, name] = [memberOf(file, 'file_data'), memberOf(file, 'filename')];
  if (typeof data !== 'string') throw cannotBeTold(upstream, 'a file of another provider');
  return blockWithSource('document', data, mark, typeof name === 'string' ? name : undefined);
}

const DATA_URL = /^data:([^;,]*)(?:;[^,]*)?,/;

/** A picture or a document, by its address or as what the address itself holds. */
function blockWithSource(type: 'image' | 'document', url: string, mark: unknown, title?: string): string {
  const [head, mediaType] = DATA_URL.exec(url) ?? [];
  const source =
    head === undefined
      ? { type: 'url', url }
      : { type: 'base64', media_type: mediaType, data: url.slice(head.length) };
  return objectText({
    type: JSON.stringify(type),
    source: JSON.stringify(source),
    title: title === undefined ? undefined : JSON.stringify(title),
    ...cached(mark),
  });
}

/** A mark for the cache, as clients of other gateways write it into the common form. */
export function cached(mark: unknown): { cache_control?: string } {
  return mark == null ? {} : { cache_control: JSON.stringify(mark) };
}

/** A content as one member: a single text as such. */
export function contentMember(blocks: readonly string[], content: unknown): string {
  return typeof content === 'string' && blocks.length <= 1 ? JSON.stringify(content) : listText(blocks);
}

function stringIn(value: Readonly<Record<string, unknown>>, name: string): string {
  const member = value[name];
  return typeof member === 'string' ? member : '';
}
