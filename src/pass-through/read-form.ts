import { WeirError } from '../errors.ts';

/** A form as it goes on: what was read here is all that any reader of it can find. */
export interface ReadForm {
  /** The texts of short fields, by name. */
  fields: ReadonlyMap<string, string>;
  /** What it says, short files included. */
  texts: readonly string[];
  /** The names of all fields, files too. */
  names: readonly string[];
  /**
   * The form with another value in one field. @param boundary one that its client cannot know: some readers take a lone line
   * feed before it for the end of a field, too.
   */
  written(name: string, value: string, boundary: string): Buffer;
}

/** More fields than any endpoint has: each costs memory. */
const MOST_PARTS = 256;
const MOST_HEADER_BYTES = 4_096;
/** Longer ones are files by another name. */
const MOST_FIELD_BYTES = 65_536;

interface Part {
  /** As it is written to the server: nothing but what was read of it. */
  head: string;
  name: string;
  isFile: boolean;
  content: Buffer;
}

const BOUNDARY = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i;

/** The boundary of a form's parts. @throws {WeirError} `unsupported_media_type` */
export function boundaryOf(contentType: string): string {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary !== undefined && /^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary)) return boundary;
  throw new WeirError(
    'unsupported_media_type',
    "Send the body as 'content-type: multipart/form-data' with its boundary, as this endpoint's clients do.",
  );
}

/**
 * Reads a form (RFC 7578). Names and heads are written anew, so that the server reads the same fields as the gateway has.
 * @throws {WeirError} `invalid_request` where it is no form, or where two readers may take it for two.
 */
export function readForm(bytes: Buffer, given: string): ReadForm {
  const parts = partsOf(bytes, given);
  const fields = new Map<string, string>();
  for (const { name, isFile, content } of parts)
    if (!isFile && content.length <= MOST_FIELD_BYTES) fields.set(name, content.toString());
  return {
    fields,
    texts: parts.flatMap(({ content }) => (content.length <= MOST_FIELD_BYTES ? [content.toString()] : [])),
    names: parts.map(({ name }) => name),
    written(field, value, boundary) {
      const pieces: Buffer[] = [];
      for (const { name, head, content } of parts)
        pieces.push(
          Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
          name === field ? Buffer.from(value) : content,
          CRLF,
        );
      return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
    },
  };
}

const CRLF = Buffer.from('\r\n');

function partsOf(bytes: Buffer, boundary: string): Part[] {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const opening = delimiter.subarray(2);
  let at = bytes.subarray(0, opening.length).equals(opening)
    ? opening.length
    : afterNext(bytes, delimiter, 0);
  const parts: Part[] = [];
  for (;;) {
    if (bytes.subarray(at, at + 2).toString('latin1') === '--') return parts;
    const line = bytes.indexOf(CRLF, at);
    if (line < 0 || bytes.subarray(at, line).toString('latin1').trim() !== '') throw broken();
    if (parts.length === MOST_PARTS) throw invalid(`The form has more than ${MOST_PARTS} fields.`);
    const next = afterNext(bytes, delimiter, line);
    parts.push(partOf(bytes.subarray(line + 2, next - delimiter.length)));
    at = next;
  }
}

/** The place after the next delimiter. */
function afterNext(bytes: Buffer, delimiter: Buffer, from: number): number {
  const found = bytes.indexOf(delimiter, from);
  if (found < 0) throw broken();
  return found + delimiter.length;
}

function partOf(part: Buffer): Part {
  const end = part.subarray(0, MOST_HEADER_BYTES).indexOf('\r\n\r\n');
  if (end < 0) throw broken();
  const heads = new Map<string, string>();
  for (const line of part.subarray(0, end).toString().split('\r\n')) {
    const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n]*)$/.exec(line) ?? [];
    if (name === '' || heads.has(name.toLowerCase())) throw broken();
    heads.set(name.toLowerCase(), value.trim());
  }
  const { name, file } = dispositionOf(heads.get('content-disposition') ?? '');
  const encoding = heads.get('content-transfer-encoding')?.toLowerCase() ?? 'binary';
  if (!['binary', '8bit', '7bit'].includes(encoding))
    throw invalid(`The field '${name}' has a content-transfer-encoding; send it as it is.`);
  const type = heads.get('content-type');
  const lines = [
    `content-disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}`,
    ...(type === undefined ? [] : [`content-type: ${typeOf(type, name)}`]),
  ];
  return { head: lines.join('\r\n'), name, isFile: file !== undefined, content: part.subarray(end + 4) };
}

/** A parameter of the head: a token, or text in quotation marks without any escape, which readers take in two ways. */
const PARAMETER = /;\s*([\w-]+\*?)=(?:"([^"\\]*)"|([^\s;"\\]+))\s*/gy;
const NAME = /^[\w.[\]-]{1,128}$/;

function dispositionOf(value: string): { name: string; file?: string } {
  const begin = /^form-data\s*/i.exec(value);
  if (begin === null) throw broken();
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = begin[0].length;
  let read = begin[0].length;
  for (let found = PARAMETER.exec(value); found !== null; found = PARAMETER.exec(value)) {
    const [, key = '', quoted, plain = ''] = found;
    if (parameters.has(key.toLowerCase())) throw broken();
    parameters.set(key.toLowerCase(), quoted ?? plain);
    read = PARAMETER.lastIndex;
  }
  const name = parameters.get('name') ?? '';
  if (read !== value.length || !NAME.test(name)) throw broken();
  const file = parameters.get('filename') ?? fileNameOf(parameters.get('filename*'));
  return file === undefined ? { name } : { name, file: plainFile(file) };
}

/** RFC 5987: `UTF-8''na%C3%AFve.mp3`. */
function fileNameOf(extended: string | undefined): string | undefined {
  if (extended === undefined) return undefined;
  try {
    return decodeURIComponent(extended.split("'").at(-1) ?? '');
  } catch {
    return '';
  }
}

/** Servers tell a file's kind from its name's end; nothing in it can end the head. */
function plainFile(name: string): string {
  return name.replaceAll(/[\p{Cc}"\\]/gu, '_').slice(-200);
}

function typeOf(value: string, name: string): string {
  if (/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*[\w-]+=[\w.+-]+)*$/.test(value)) return value;
  throw invalid(`The content-type of the field '${name}' is none.`);
}

function broken(): WeirError {
  return invalid(
    'The form cannot be read: each field needs a head with one `content-disposition: form-data; name="…"`, and a blank line.',
  );
}

function invalid(message: string): WeirError {
  return new WeirError('invalid_request', message);
}
