import { asCount, asRecord, asTexts, type KeywordReader } from './reading.ts';
import { fitsNode, spend, type JudgingRun, type SchemaNode } from '../schema-node.ts';
import { patternOf } from './value-keywords.ts';

/** Keywords that judge objects. */

export const readMembers: KeywordReader = (reading) => {
  const { schema, node, below } = reading;
  const { properties = {}, patternProperties = {}, additionalProperties: others } = schema;
  const named = new Map<string, SchemaNode>();
  const known = asRecord(properties, 'properties');
  for (const key of Object.keys(known)) named.set(key, below(known[key]));
  const patterns = Object.entries(asRecord(patternProperties, 'patternProperties')).map(
    ([source, subschema]) => ({ matches: patternOf(source, reading), member: below(subschema) }),
  );
  const rest = others === undefined ? undefined : below(others);
  node.object.push((value, run, seen) => {
    const object = recordOf(value);
    for (const key of keysOf(object, run)) {
      const own = named.get(key);
      let isKnown = own !== undefined;
      if (own !== undefined && !fitsNode(own, object[key], run)) return false;
      for (const { matches, member } of patterns) {
        spend(run, 1);
        if (!matches(key)) continue;
        isKnown = true;
        if (!fitsNode(member, object[key], run)) return false;
      }
      if (!isKnown && rest !== undefined && !fitsNode(rest, object[key], run)) return false;
      if (isKnown) seen?.keys.add(key);
    }
    if (rest !== undefined && seen !== undefined) seen.allKeys = true;
    return true;
  });
};

export const readRequired: KeywordReader = ({ schema, node }) => {
  const required = asTexts(schema['required'], 'required');
  node.object.push((value, run) => hasAll(recordOf(value), required, run));
};

export const readPropertyNames: KeywordReader = ({ schema, node, below }) => {
  const names = below(schema['propertyNames']);
  node.object.push((value, run) => keysOf(recordOf(value), run).every((key) => fitsNode(names, key, run)));
};

export const readMemberCount: KeywordReader = ({ schema, node }) => {
  const least = schema['minProperties'] === undefined ? 0 : asCount(schema['minProperties'], 'minProperties');
  const most =
    schema['maxProperties'] === undefined ? Infinity : asCount(schema['maxProperties'], 'maxProperties');
  node.object.push((value, run) => {
    const { length } = keysOf(recordOf(value), run);
    return length >= least && length <= most;
  });
};

/** `dependentRequired`, `dependentSchemas`, and before 2019-09 `dependencies`, which are either. */
export const readDependents: KeywordReader = ({ schema, node, beside }) => {
  const { dependentRequired = {}, dependentSchemas = {}, dependencies = {} } = schema;
  const required = Object.entries(asRecord(dependentRequired, 'dependentRequired'));
  const schemas = Object.entries(asRecord(dependentSchemas, 'dependentSchemas'));
  for (const dependency of Object.entries(asRecord(dependencies, 'dependencies'))) {
    (Array.isArray(dependency[1]) ? required : schemas).push(dependency);
  }
  for (const [key, value] of required) {
    const others = asTexts(value, 'dependentRequired');
    node.object.push(
      (object, run) => !Object.hasOwn(recordOf(object), key) || hasAll(recordOf(object), others, run),
    );
  }
  for (const [key, subschema] of schemas) {
    const dependent = beside(subschema);
    node.object.push(
      (object, run, seen) => !Object.hasOwn(recordOf(object), key) || fitsNode(dependent, object, run, seen),
    );
  }
};

export const readUnevaluatedProperties: KeywordReader = ({ schema, node, below }) => {
  const rest = below(schema['unevaluatedProperties']);
  node.collects = true;
  node.object.push((value, run, seen) => {
    const object = recordOf(value);
    for (const key of seen?.allKeys === true ? [] : keysOf(object, run)) {
      if (seen?.keys.has(key) !== true && !fitsNode(rest, object[key], run)) return false;
    }
    if (seen !== undefined) seen.allKeys = true;
    return true;
  });
};

function keysOf(object: Readonly<Record<string, unknown>>, run: JudgingRun): string[] {
  const keys = Object.keys(object);
  spend(run, keys.length);
  return keys;
}

function hasAll(object: object, keys: readonly string[], run: JudgingRun): boolean {
  spend(run, keys.length);
  return keys.every((key) => Object.hasOwn(object, key));
}

/** Checks of objects are asked about objects alone. */
function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return value as Readonly<Record<string, unknown>>;
}
