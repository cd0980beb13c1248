import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, Pair, YAMLError } from 'yaml';
import { masked, unmasked } from './mask.ts';

export type Path = readonly PropertyKey[];

export interface Position {
  /** 1-based, both. */
  line: number;
  column: number;
}

/** A YAML file, and the position of each value in it. */
export interface SourceDocument {
  root: Node | null;
  document: Document.Parsed;
  /** What is wrong with the YAML itself. If there is anything, the rest cannot be relied on. */
  errors: { message: string; position: Position }[];
  /** Where the value of a path begins, or its key; if it does not exist, the nearest part of the path that does. */
  position(path: Path, at?: 'key' | 'value'): Position;
  /** The scalar at a path as the file writes it, without resolving variables. */
  written(path: Path): string | undefined;
}

const START: Position = { line: 1, column: 1 };

const MESSAGES: Partial<Record<YAMLError['code'], string>> = {
  MULTIPLE_DOCS: "the file holds more than one YAML document; remove the '---' and what follows",
  NON_STRING_KEY: 'a key must be text',
  RESOURCE_EXHAUSTION: 'the file is nested too deeply to be read',
  TAG_RESOLVE_FAILED: "tags ('!…') are not supported; write the plain value",
  TAB_AS_INDENT: 'this line is indented with a tab; indent it with spaces',
  BAD_SCALAR_START: 'a value cannot begin with this character; put it in quotes',
};

/** YAML's own message without the text it may quote from the file, which may be a credential. */
function messageOf(error: YAMLError): string {
  return MESSAGES[error.code] ?? `this is not valid YAML: ${error.message.replace(/: ".*/s, '')}`;
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

/** The pair or item that the next part of a path names; follows aliases. */
function child(
  node: unknown,
  part: PropertyKey,
  document: Document.Parsed,
): { key?: Node; value: unknown } | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isMap(target)) {
    const pair = target.items.find((item) => keyOf(item) === String(part));
    return pair === undefined
      ? undefined
      : { ...(isScalar(pair.key) ? { key: pair.key } : {}), value: pair.value };
  }
  return isSeq(target) && target.items[Number(part)] !== undefined
    ? { value: target.items[Number(part)] }
    : undefined;
}

function offsetOf(node: unknown): number | undefined {
  const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
  return range?.[0];
}

/** An empty value has no position of its own worth showing. */
function isBlank(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function repeatedKeys(document: Document.Parsed): Node[] {
  const repeated: Node[] = [];
  // A document with errors may be nested more deeply than a walk can follow.
  if (document.errors.length > 0) return repeated;
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const pair of map.items) {
        const key = keyOf(pair);
        if (seen.has(key) && isScalar(pair.key)) repeated.push(pair.key);
        seen.add(key);
      }
    },
  });
  return repeated;
}

/** Reads YAML. It never throws: what is wrong is in `errors`. */
export function parseSource(text: string): SourceDocument {
  const lines = new LineCounter();
  const parse = (of: string): Document.Parsed =>
    parseDocument(of, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      // YAML's own check takes quadratic time.
      uniqueKeys: false,
      resolveKnownTags: false,
      logLevel: 'error',
    });
  let document: Document.Parsed;
  const tooDeep: SourceDocument['errors'] = [];
  try {
    document = parse(masked(text));
  } catch (error) {
    // What is nested without brackets overflows the parser's stack.
    if (!(error instanceof RangeError)) throw error;
    tooDeep.push({ message: MESSAGES.RESOURCE_EXHAUSTION ?? error.message, position: START });
    document = parse('');
  }
  const at = (offset: number | undefined): Position => {
    if (offset === undefined) return START;
    const { line, col } = lines.linePos(offset);
    return line === 0 ? START : { line, column: col };
  };
  const walk = (path: Path): { key?: Node; value: unknown; complete: boolean } => {
    let found: { key?: Node; value: unknown } = { value: document.contents };
    for (const part of path) {
      const next = child(found.value, part, document);
      if (next === undefined) return { ...found, complete: false };
      found = next;
    }
    return { ...found, complete: true };
  };
  return {
    document,
    root: document.contents,
    errors: [
      ...tooDeep,
      ...[...document.errors, ...document.warnings].map((error) => ({
        message: messageOf(error),
        position: at(error.pos[0]),
      })),
      ...repeatedKeys(document).map((key) => ({
        message: 'this key is given twice in the same map; keep one of them',
        position: at(offsetOf(key)),
      })),
    ],
    position(path, which = 'value') {
      const { key, value, complete } = walk(path);
      const wantsKey = which === 'key' || !complete || isBlank(value);
      return at(wantsKey && key !== undefined ? offsetOf(key) : offsetOf(value));
    },
    written(path) {
      const { value, complete } = walk(path);
      const source = complete && isScalar(value) ? (value.source ?? value.value) : undefined;
      return typeof source === 'string' ? unmasked(source) : undefined;
    },
  };
}
