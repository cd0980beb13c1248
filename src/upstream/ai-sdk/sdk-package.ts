import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Where a package is installed: beside Weir, or in the folder in which it was started.
 * @returns undefined where it is in neither.
 */
export function findPackage(name: string): string | undefined {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))]) {
    try {
      return createRequire(from).resolve(name);
    } catch {
      // Looked for in the next place.
    }
  }
  return undefined;
}

/** Loads a package that may not be installed. @throws {PackageUnfit} */
export async function loadPackage(name: string): Promise<Readonly<Record<string, unknown>>> {
  const path = findPackage(name);
  if (path === undefined) throw new PackageUnfit(name, 'is not installed');
  // A module is an object of its exports.
  return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
}

/** An optional package is not installed, or is not the one that is known. */
export class PackageUnfit extends Error {
  constructor(name: string, what: string) {
    super(`the package ${name} ${what}`);
    this.name = 'PackageUnfit';
  }
}
