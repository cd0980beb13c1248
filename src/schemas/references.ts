import { JudgingStopped } from './judgement.ts';
import { JUDGED } from './limits.ts';
import { invalid } from './keywords/reading.ts';

/** A schema with a `$id`, or the whole: what a reference without an address is relative to. */
export interface SchemaResource {
  root: unknown;
  /** Its `$id`, resolved. */
  url: string;
  /** By the name that `$anchor` and its like give them. */
  anchors: Map<string, object>;
}

/** The resources of one schema document. Nothing outside of it is known, or fetched. */
export interface SchemaDocument {
  whole: SchemaResource;
  /** Inner resources were not looked for. */
  isPlain: boolean;
  byRoot: ReadonlyMap<object, SchemaResource>;
  byUrl: ReadonlyMap<string, SchemaResource>;
}

export interface SchemaPlace {
  raw: unknown;
  resource: SchemaResource;
}

const NO_URL = 'schema:///';

const SUBSCHEMAS: Readonly<Record<string, 'one' | 'list' | 'map'>> = {
  ...Object.fromEntries(
    ['not', 'if', 'then', 'else', 'contains', 'propertyNames', 'additionalItems', 'additionalProperties']
      .concat(['unevaluatedItems', 'unevaluatedProperties'])
      .map((keyword) => [keyword, 'one'] as const),
  ),
  ...Object.fromEntries(
    ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'].map((keyword) => [keyword, 'list']),
  ),
  ...Object.fromEntries(
    ['$defs', 'definitions', 'properties', 'patternProperties', 'dependentSchemas', 'dependencies'].map(
      (keyword) => [keyword, 'map'] as const,
    ),
  ),
};

/** A document whose only resource is the whole; references by address or name are not followed. */
export function plainDocument(root: unknown): SchemaDocument {
  return {
    whole: { root, url: NO_URL, anchors: new Map() },
    isPlain: true,
    byRoot: new Map(),
    byUrl: new Map(),
  };
}

/** Finds every `$id` and `$anchor`, in time proportional to the schema's size and without recursion. */
export function indexDocument(root: unknown): SchemaDocument {
  const whole: SchemaResource = { root, url: NO_URL, anchors: new Map() };
  const byRoot = new Map<object, SchemaResource>();
  const byUrl = new Map<string, SchemaResource>();
  const places: SchemaPlace[] = [{ raw: root, resource: whole }];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { raw } = place;
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) continue;
    const resource = enter(raw, place.resource);
    for (const subschema of subschemasOf(raw)) places.push({ raw: subschema, resource });
  }
  return { whole, isPlain: false, byRoot, byUrl };

  /** The resource that a schema and its subschemas are part of; a new one where it has a `$id`. */
  function enter(raw: object, around: SchemaResource): SchemaResource {
    const id = textOf(raw, '$id');
    let resource = around;
    // Until 2019-09 a `$id` of a fragment alone was what `$anchor` is now.
    if (id?.startsWith('#') === true) around.anchors.set(id.slice(1), raw);
    else if (id !== undefined) {
      const { url } = resolveUrl(id, around.url);
      resource = raw === root ? whole : { root: raw, url, anchors: new Map() };
      resource.url = url;
      byRoot.set(raw, resource);
      byUrl.set(url, resource);
    }
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      const name = textOf(raw, keyword);
      if (name !== undefined) resource.anchors.set(name, raw);
    }
    return resource;
  }
}

function subschemasOf(raw: object): unknown[] {
  return Object.entries(raw).flatMap(([keyword, value]: [string, unknown]) => {
    const kind = Object.hasOwn(SUBSCHEMAS, keyword) ? SUBSCHEMAS[keyword] : undefined;
    if (kind === undefined || typeof value !== 'object' || value === null) return [];
    if (Array.isArray(value)) return kind === 'list' ? value : [];
    return kind === 'map' ? Object.values(value) : [value];
  });
}

function textOf(raw: unknown, keyword: string): string | undefined {
  const value: unknown =
    typeof raw === 'object' && raw !== null && Object.hasOwn(raw, keyword)
      ? Reflect.get(raw, keyword)
      : undefined;
  return typeof value === 'string' ? value : undefined;
}

function resolveUrl(reference: string, base: string): { url: string; fragment: string } {
  if (reference.length > JUDGED.urlText) throw new JudgingStopped('too_large', 'a URL that is too long');
  let url;
  try {
    url = new URL(reference, base);
  } catch {
    throw invalid('a $id or $ref is no URL');
  }
  const fragment = url.hash.slice(1);
  url.hash = '';
  return { url: url.href, fragment };
}

/**
 * Where a `$ref` leads.
 *
 * @throws {JudgingStopped} where it leads out of the document, or to nothing.
 */
export function resolveReference(
  document: SchemaDocument,
  reference: string,
  from: SchemaResource,
): SchemaPlace {
  if (reference.startsWith('#')) return follow(document, from, reference.slice(1));
  const { url, fragment } = resolveUrl(reference, from.url);
  const resource = url === document.whole.url ? document.whole : document.byUrl.get(url);
  if (resource === undefined) throw new JudgingStopped('remote_reference');
  return follow(document, resource, fragment);
}

function follow(document: SchemaDocument, resource: SchemaResource, fragment: string): SchemaPlace {
  if (fragment === '') return { raw: resource.root, resource };
  const text = decoded(fragment);
  if (!text.startsWith('/')) {
    const raw = resource.anchors.get(text);
    if (raw === undefined) throw invalid('a $ref leads to no anchor');
    return { raw, resource };
  }
  let place: SchemaPlace = { raw: resource.root, resource };
  for (const token of text.slice(1).split('/')) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof place.raw !== 'object' || place.raw === null || !Object.hasOwn(place.raw, key)) {
      throw invalid('a $ref leads to nothing');
    }
    const raw: unknown = Reflect.get(place.raw, key);
    // References within an inner resource are relative to that.
    if (document.isPlain && textOf(raw, '$id') !== undefined) throw new JudgingStopped('outside');
    const entered = typeof raw === 'object' && raw !== null ? document.byRoot.get(raw) : undefined;
    place = { raw, resource: entered ?? place.resource };
  }
  return place;
}

/** Many write pointers without the escapes that a URL asks for. */
function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
