/** What a TypeScript file imports, read from its syntax tree. */
import { dirname, join } from 'node:path';
import { parseSync, Visitor, type Program } from 'oxc-parser';

export interface Import {
  /** As written: `../errors.ts`, `node:fs`, `zod`. */
  specifier: string;
  /** Erased before the program runs: `import type`, `export type … from`, and `import('…')` inside a type. */
  typeOnly: boolean;
}

export function parse(path: string, text: string): Program {
  const { program, errors } = parseSync(path, text);
  const [error] = errors;
  if (error) throw new SyntaxError(`${path}: ${error.message}`);
  return program;
}

/** Throws a TypeError where a path is computed at run time: such an import could not be judged. */
export function importsOf(path: string, text: string): Import[] {
  const imports: Import[] = [];
  const add = (specifier: string, typeOnly: boolean): void => void imports.push({ specifier, typeOnly });
  new Visitor({
    ImportDeclaration: (node) => add(node.source.value, node.importKind === 'type'),
    ExportAllDeclaration: (node) => add(node.source.value, node.exportKind === 'type'),
    ExportNamedDeclaration: (node) => {
      if (node.source) add(node.source.value, node.exportKind === 'type');
    },
    TSImportType: (node) => add(node.source.value, true),
    ImportExpression: ({ source }) => {
      if (source.type !== 'Literal' || typeof source.value !== 'string') {
        throw new TypeError(`${path}: an import's path must be a plain string`);
      }
      add(source.value, false);
    },
  }).visit(parse(path, text));
  return imports;
}

/** The names that a file declares and exports; what it only passes on from another file is not among them. */
export function exportsOf(path: string, text: string): string[] {
  const names: string[] = [];
  const imported = new Set<string>();
  new Visitor({
    ImportDeclaration: ({ specifiers }) => specifiers.forEach(({ local }) => imported.add(local.name)),
    ExportNamedDeclaration({ source, declaration, specifiers }) {
      if (source !== null) return;
      for (const { exported } of specifiers) if (exported.type === 'Identifier') names.push(exported.name);
      if (declaration === null) return;
      if (declaration.type === 'VariableDeclaration') {
        for (const { id } of declaration.declarations) if (id.type === 'Identifier') names.push(id.name);
      } else if ('id' in declaration && declaration.id?.type === 'Identifier')
        names.push(declaration.id.name);
    },
  }).visit(parse(path, text));
  return [...new Set(names)].filter((name) => !imported.has(name));
}

/** The path of the imported file from the project's root, or undefined for a package. */
export function targetOf(path: string, { specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? join(dirname(path), specifier) : undefined;
}
