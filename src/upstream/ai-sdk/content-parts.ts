import { memberOf } from '../../defined.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import { cannotBeSaid } from './cannot-be-said.ts';
import type { FilePart, UserPart } from './sdk-types.ts';

/** The content of a message as parts. Empty texts are left out: providers refuse them. @throws {UpstreamError} */
export function partsOf(content: unknown, upstream: string): UserPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) return [];
  return (content as unknown[]).flatMap((part) => partOf(part, upstream));
}

function partOf(part: unknown, upstream: string): UserPart[] {
  if (!isObject(part)) return [];
  const { type, text, refusal } = part;
  const words = type === 'text' ? text : type === 'refusal' ? refusal : undefined;
  if (typeof words === 'string') return words === '' ? [] : [{ type: 'text', text: words }];
  if (type === 'image_url') {
    const image = part['image_url'];
    return [fileAt(isObject(image) ? image['url'] : image, 'image/*', upstream)];
  }
  if (type === 'input_audio') {
    const { data, format } = isObject(part['input_audio']) ? part['input_audio'] : {};
    return [
      { type: 'file', mediaType: `audio/${String(format)}`, data: { type: 'data', data: String(data) } },
    ];
  }
  if (type === 'file') {
    const [data, name] = ['file_data', 'filename'].map((key) => memberOf(part['file'], key));
    if (typeof data !== 'string') throw cannotBeSaid(upstream, 'a file by its id');
    const file = fileAt(data, 'application/pdf', upstream);
    return [typeof name === 'string' ? { ...file, filename: name } : file];
  }
  throw cannotBeSaid(upstream, `a part of type '${String(type).slice(0, 40)}'`);
}

/**
 * A file in a data URL or at an address of the web. Any other address, such as of a bucket, would be read with the gateway's own
 * rights.
 */
function fileAt(url: unknown, mediaType: string, upstream: string): FilePart {
  const text = typeof url === 'string' ? url : '';
  if (text.startsWith('data:')) {
    const comma = text.indexOf(',');
    const [type = '', ...how] = text.slice('data:'.length, comma).split(';');
    if (comma < 0 || how.at(-1) !== 'base64')
      throw cannotBeSaid(upstream, 'a data URL that is not in base64');
    return {
      type: 'file',
      mediaType: type === '' ? mediaType : type,
      data: { type: 'data', data: text.slice(comma + 1) },
    };
  }
  if (!/^https?:/i.test(text) || !URL.canParse(text))
    throw cannotBeSaid(upstream, 'a file that is neither in a data URL nor at an address of the web');
  return { type: 'file', mediaType, data: { type: 'url', url: new URL(text) } };
}
