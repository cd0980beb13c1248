import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Beside Weir, and in the folder in which it was started. */
function* places(): Generator<NodeJS.Require> {
  yield createRequire(import.meta.url);
  yield createRequire(pathToFileURL(join(process.cwd(), 'package.json')));
}

/** Whether a package can be loaded. */
export function isInstalled(name: string): boolean {
  return requireOf(name) !== undefined;
}

/** Loads a package that may not be installed. @throws {PackageUnfit} */
export function loadPackage(name: string): Readonly<Record<string, unknown>> {
  const require = requireOf(name);
  if (require === undefined) throw new PackageUnfit(name, 'is not installed');
  // A module is an object of its exports.
  return require(name) as Readonly<Record<string, unknown>>;
}

function requireOf(name: string): NodeJS.Require | undefined {
  for (const require of places()) {
    try {
      require.resolve(name);
      return require;
    } catch {
      // Looked for in the next place.
    }
  }
  return undefined;
}

/** An optional package is not installed, or is not the one that is known. */
export class PackageUnfit extends Error {
  readonly package: string;
  constructor(name: string, what: string) {
    super(`the package ${name} ${what}`);
    this.name = 'PackageUnfit';
    this.package = name;
  }
}
