import type { Block } from '../common/anthropic-format.ts';
import { isBlock } from '../common/anthropic-format.ts';
import type { Unsaid } from '../common/unsaid.ts';
import { objectIn, textIn } from './request-schema.ts';

/** A part of a message's content in the common form. */
export interface ContentPart {
  type: string;
  text?: string;
  image_url?: { url: string };
  file?: { filename?: string; file_data: string };
}

/** Content as the common form has it: a single text is no list, since not every server takes one. */
export function contentOf(parts: readonly ContentPart[]): string | ContentPart[] {
  const [first, second] = parts;
  return first?.type === 'text' && second === undefined ? (first.text ?? '') : [...parts];
}

/** A text, an image, a document or a search result. What the common form has no part for is noted, and stands there without its content. */
export function partsOfBlock(block: Block, unsaid: Unsaid): ContentPart[] {
  if (block['cache_control'] != null) unsaid.drop('cache_control');
  switch (block.type) {
    case 'text':
      if (block['citations'] != null) unsaid.drop('citations');
      return textPart(textIn(block, 'text') ?? '');
    case 'image':
      return imagePart(block, unsaid);
    case 'document':
      return documentParts(block, unsaid);
    case 'search_result':
      return searchResultParts(block, unsaid);
    default:
      unsaid.need(`content of type '${block.type}'`);
      return [{ type: block.type }];
  }
}

/** The parts of a content that may be text, blocks, or missing. */
export function partsOfContent(content: unknown, unsaid: Unsaid): ContentPart[] {
  if (typeof content === 'string') return textPart(content);
  if (!Array.isArray(content)) return [];
  return content.filter(isBlock).flatMap((block) => partsOfBlock(block, unsaid));
}

function textPart(text: string): ContentPart[] {
  return [{ type: 'text', text }];
}

function imagePart(block: Block, unsaid: Unsaid): ContentPart[] {
  if (block['transformations'] != null) unsaid.drop('transformations');
  const source = objectIn(block, 'source');
  const [url, data] = [textIn(source, 'url'), textIn(source, 'data')];
  if (source?.['type'] === 'url' && url !== undefined) return [{ type: 'image_url', image_url: { url } }];
  if (source?.['type'] === 'base64' && data !== undefined)
    return [{ type: 'image_url', image_url: { url: dataUrl(source, data) } }];
  unsaid.need('an image from a file of the provider');
  return [{ type: 'image' }];
}

function documentParts(block: Block, unsaid: Unsaid): ContentPart[] {
  if (objectIn(block, 'citations')?.['enabled'] === true) unsaid.drop('citations');
  const source = objectIn(block, 'source');
  const data = textIn(source, 'data');
  const title = textIn(block, 'title');
  const heading = [title, textIn(block, 'context')].filter((text) => text !== undefined && text !== '');
  if (source?.['type'] === 'base64' && data !== undefined)
    return [
      ...heading.slice(title === undefined ? 0 : 1).map((text) => ({ type: 'text', text: text ?? '' })),
      {
        type: 'file',
        file: { ...(title === undefined ? {} : { filename: title }), file_data: dataUrl(source, data) },
      },
    ];
  if (source?.['type'] === 'text' && data !== undefined) return textPart([...heading, data].join('\n\n'));
  if (source?.['type'] === 'content')
    return [
      ...(heading.length === 0 ? [] : textPart(heading.join('\n\n'))),
      ...partsOfContent(source['content'], unsaid),
    ];
  unsaid.need('a document that the provider has to fetch');
  return [{ type: 'document' }];
}

function searchResultParts(block: Block, unsaid: Unsaid): ContentPart[] {
  if (objectIn(block, 'citations')?.['enabled'] === true) unsaid.drop('citations');
  const heading = [textIn(block, 'title'), textIn(block, 'source')].filter((text) => text !== undefined);
  return [...textPart(heading.join('\n')), ...partsOfContent(block['content'], unsaid)];
}

function dataUrl(source: Readonly<Record<string, unknown>>, data: string): string {
  return `data:${textIn(source, 'media_type') ?? ''};base64,${data}`;
}
