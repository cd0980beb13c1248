import {
  readContains,
  readItemCount,
  readItems,
  readUnevaluatedItems,
  readUniqueItems,
} from './array-keywords.ts';
import {
  readAllOf,
  readAnyOf,
  readCondition,
  readDynamicReference,
  readNot,
  readOneOf,
  readReference,
} from './combining-keywords.ts';
import {
  readDependents,
  readMemberCount,
  readMembers,
  readPropertyNames,
  readRequired,
  readUnevaluatedProperties,
} from './object-keywords.ts';
import type { KeywordReader } from './reading.ts';
import {
  readConst,
  readEnum,
  readFormat,
  readLength,
  readMaximum,
  readMinimum,
  readMultipleOf,
  readPattern,
  readType,
} from './value-keywords.ts';

/**
 * Every keyword that means something, of drafts 4 to 2020-12, with its reader, in the order in which checks are made: cheap
 * ones first, and last what asks what the others evaluated. Keywords that are not here say nothing about a value.
 */
const READERS: readonly (readonly [read: KeywordReader, ...keywords: string[]])[] = [
  [readType, 'type'],
  [readConst, 'const'],
  [readEnum, 'enum'],
  [readMinimum, 'minimum', 'exclusiveMinimum'],
  [readMaximum, 'maximum', 'exclusiveMaximum'],
  [readMultipleOf, 'multipleOf'],
  [readLength, 'minLength', 'maxLength'],
  [readItemCount, 'minItems', 'maxItems'],
  [readMemberCount, 'minProperties', 'maxProperties'],
  [readRequired, 'required'],
  [readPattern, 'pattern'],
  [readFormat, 'format'],
  [readPropertyNames, 'propertyNames'],
  [readMembers, 'properties', 'patternProperties', 'additionalProperties'],
  [readItems, 'prefixItems', 'items', 'additionalItems'],
  [readContains, 'contains', 'minContains', 'maxContains'],
  [readUniqueItems, 'uniqueItems'],
  [readReference, '$ref'],
  [readDynamicReference, '$dynamicRef', '$recursiveRef'],
  [readAllOf, 'allOf'],
  [readAnyOf, 'anyOf'],
  [readOneOf, 'oneOf'],
  [readNot, 'not'],
  [readCondition, 'if', 'then', 'else'],
  [readDependents, 'dependentRequired', 'dependentSchemas', 'dependencies'],
  [readUnevaluatedItems, 'unevaluatedItems'],
  [readUnevaluatedProperties, 'unevaluatedProperties'],
];

const RANKS = new Map(
  READERS.flatMap(([, ...keywords], rank) => keywords.map((keyword) => [keyword, rank] as const)),
);

/** The readers of the keywords that a schema has, each once, in order. */
export function readersOf(schema: object): KeywordReader[] {
  const ranks: number[] = [];
  for (const keyword of Object.keys(schema)) {
    const rank = RANKS.get(keyword);
    // There are few readers: looking through them is faster than a set.
    if (rank !== undefined && !ranks.includes(rank)) ranks.push(rank);
  }
  return ranks.toSorted((a, b) => a - b).flatMap((rank) => READERS[rank]?.[0] ?? []);
}
