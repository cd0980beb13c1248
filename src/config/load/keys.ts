import { z } from 'zod';
import { configSchema } from '../schema/schema.ts';

/** A key of the configuration that holds a value. `*` stands for a name of the user's own, `[]` for an entry: `models.*.price.input`. */
export interface ConfigKey {
  path: string;
  description: string;
  /** As the file would write it; absent if the key is required or has no default. */
  default?: unknown;
  required: boolean;
}

type Schema = z.core.$ZodType;

const isOptional = (schema: Schema): schema is z.ZodOptional | z.ZodExactOptional =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional;

/** The schema underneath defaults, optionality and transformations. */
function shapeOf(schema: Schema): Schema {
  if (schema instanceof z.ZodPipe) return shapeOf(schema.in);
  if (isOptional(schema) || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return shapeOf(schema.unwrap());
  return schema;
}

function describe(path: string, schema: Schema): ConfigKey {
  const withDefault = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return {
    path,
    description: schema instanceof z.ZodType ? (schema.description ?? '') : '',
    ...(withDefault ? { default: schema.def.defaultValue } : {}),
    required: !withDefault && !isOptional(schema),
  };
}

/** Paths and schemas of the keys directly below a schema; none if it is a plain value. */
function children(schema: Schema, path: string): [path: string, schema: Schema][] {
  const shape = shapeOf(schema);
  const under = (name: string): string => (path === '' ? name : `${path}.${name}`);
  if (shape instanceof z.ZodObject)
    return Object.entries<Schema>(shape.shape).map(([name, child]) => [under(name), child]);
  if (shape instanceof z.ZodRecord && shapeOf(shape.valueType) instanceof z.ZodObject)
    return [[under('*'), shape.valueType]];
  if (shape instanceof z.ZodArray && shapeOf(shape.element) instanceof z.ZodObject)
    return [[`${path}[]`, shape.element]];
  return [];
}

function leaves(schema: Schema, path: string): ConfigKey[] {
  const below = children(schema, path);
  return below.length === 0
    ? [describe(path, schema)]
    : below.flatMap(([name, child]) => leaves(child, name));
}

/** Every key of the configuration that holds a value, in the order of the schema. */
export function configKeys(): ConfigKey[] {
  return leaves(configSchema, '');
}

/** The schema at a path of the file; undefined if there is none. */
function schemaAt(path: readonly PropertyKey[]): Schema | undefined {
  let schema: Schema | undefined = configSchema;
  for (const name of path) {
    const below: [string, Schema][] = schema === undefined ? [] : children(schema, '');
    schema = below.find(
      ([key]) => key === '*' || key === name || (key === '[]' && typeof name === 'number'),
    )?.[1];
  }
  return schema;
}

/** The keys that are allowed at a path of the file. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  const schema = schemaAt(path);
  return schema === undefined ? [] : children(schema, '').map(([name]) => name);
}

/** The meaning of the key at a path of the file; empty if there is no such key. */
export function meaningOf(path: readonly PropertyKey[]): string {
  const schema = schemaAt(path);
  return schema instanceof z.ZodType ? (schema.description ?? '') : '';
}

/** Where else in the file a key of this name is allowed: `upstreams.*.maxConcurrent`. */
export function placesOf(key: string): string[] {
  return configKeys()
    .map(({ path }) => path.split('.'))
    .flatMap((parts) => {
      const index = parts.indexOf(key);
      return index === -1 ? [] : [parts.slice(0, index + 1).join('.')];
    })
    .filter((path, index, all) => all.indexOf(path) === index);
}
