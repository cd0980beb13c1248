import { asSchemas, type KeywordReader } from './reading.ts';
import { fitsNode, merge, nothingEvaluated, type NodeCheck } from '../schema-node.ts';

/** Keywords that judge the same value by other schemas. */

export const readReference: KeywordReader = ({ schema, node, reference }) => {
  const target = reference(schema['$ref']);
  node.any.push((value, run, seen) => fitsNode(target, value, run, seen));
};

export const readDynamicReference: KeywordReader = ({ schema, node, dynamicReference }) => {
  const target = dynamicReference(schema['$dynamicRef'] ?? schema['$recursiveRef']);
  node.any.push((value, run, seen) => fitsNode(target, value, run, seen));
};

export const readAllOf: KeywordReader = ({ schema, node, beside }) => {
  const all = asSchemas(schema['allOf'], 'allOf').map(beside);
  node.any.push((value, run, seen) => all.every((each) => fitsNode(each, value, run, seen)));
};

export const readAnyOf: KeywordReader = ({ schema, node, beside }) => {
  const any = asSchemas(schema['anyOf'], 'anyOf').map(beside).map(branch);
  node.any.push((value, run, seen) => {
    // What each branch evaluates counts, so that all are asked where that is collected.
    if (seen === undefined) return any.some((each) => each(value, run, seen));
    return any.filter((each) => each(value, run, seen)).length > 0;
  });
};

export const readOneOf: KeywordReader = ({ schema, node, beside }) => {
  const branches = asSchemas(schema['oneOf'], 'oneOf').map(beside).map(branch);
  node.any.push((value, run, seen) => {
    let found = 0;
    for (const each of branches) {
      if (each(value, run, seen)) found += 1;
      if (found > 1) return false;
    }
    return found === 1;
  });
};

export const readNot: KeywordReader = ({ schema, node, beside }) => {
  const unwanted = beside(schema['not']);
  node.any.push((value, run) => !fitsNode(unwanted, value, run));
};

export const readCondition: KeywordReader = ({ schema, node, beside }) => {
  if (schema['if'] === undefined) return;
  const condition = branch(beside(schema['if']));
  const [met, unmet] = [schema['then'], schema['else']].map((subschema) =>
    subschema === undefined ? undefined : beside(subschema),
  );
  node.any.push((value, run, seen) => {
    const next = condition(value, run, seen) ? met : unmet;
    return next === undefined || fitsNode(next, value, run, seen);
  });
};

/** A schema that may fail although its parent holds: what it evaluated counts only where it holds. */
function branch(node: Parameters<typeof fitsNode>[0]): NodeCheck {
  return (value, run, seen) => {
    if (seen === undefined) return fitsNode(node, value, run);
    const evaluated = nothingEvaluated();
    const result = fitsNode(node, value, run, evaluated);
    if (result) merge(seen, evaluated, run);
    return result;
  };
}
