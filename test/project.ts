/** The project's own files, as the tests that read sources and documents see them. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** Paths from the project's root, sorted; without what is installed or built. */
export function filesOf(...patterns: string[]): string[] {
  const exclude = ['**/node_modules', '**/dist', '**/.git'];
  return globSync(patterns, { cwd: root, exclude, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted();
}

export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Sources are what ships; tests and their helpers may do what sources may not. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.endsWith('/testing.ts');
}
