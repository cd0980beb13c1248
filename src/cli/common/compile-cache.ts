import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Keeps what Node compiles, so that the next start does not compile it again. It lies in the user's own folder and not in
 * Node's default, the folder of temporary files, where another user of the machine could have put code that would run here.
 * Where nothing can be kept, every start compiles; nothing else changes.
 */
export function keepCompiledCode(environment: NodeJS.ProcessEnv): void {
  const caches = environment['XDG_CACHE_HOME'] || homeCaches();
  if (caches !== undefined) module.enableCompileCache(join(caches, 'weir', 'compiled'));
}

function homeCaches(): string | undefined {
  try {
    return join(homedir(), '.cache');
  } catch {
    // The user has no entry in the system's list: common in containers.
    return undefined;
  }
}
