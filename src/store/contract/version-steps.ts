import { defined } from '../../defined.ts';
import type { VersionStep } from './version-rows.ts';

/** What a step changes, as it follows from the steps before it. */
export type VersionChange = Omit<VersionStep, 'route' | 'number' | 'takenBy' | 'takenAtMs'>;

const inForce = (taken: readonly VersionStep[]): string | undefined => taken.at(-1)?.version;

/** A change to a version. @returns undefined where the version is in force already. */
export function promotion(taken: readonly VersionStep[], version: string): VersionChange | undefined {
  const replaced = inForce(taken);
  if (replaced === version) return undefined;
  return defined({ action: 'promote' as const, version, replaced });
}

/** A change back to what was in force before the present version. @returns undefined where none is in force. */
export function rollback(taken: readonly VersionStep[]): VersionChange | undefined {
  return backTo(taken, past(taken).at(-2));
}

/**
 * A change to a version, or to none: a rollback where rollbacks would lead there, else a promotion.
 * @returns undefined where that is in force already.
 */
export function changeTo(
  taken: readonly VersionStep[],
  version: string | undefined,
): VersionChange | undefined {
  if (version === inForce(taken)) return undefined;
  return version === undefined || past(taken).includes(version)
    ? backTo(taken, version)
    : promotion(taken, version);
}

function backTo(taken: readonly VersionStep[], version: string | undefined): VersionChange | undefined {
  const replaced = inForce(taken);
  if (replaced === undefined) return undefined;
  return defined({ action: 'rollback' as const, version, replaced });
}

/**
 * The versions that rollbacks lead back through, ending with the one in force. Each rollback goes one step further back
 * instead of undoing the last one. A rollback over several steps left all of them: they do not come back one by one.
 */
function past(taken: readonly VersionStep[]): string[] {
  const left: string[] = [];
  for (const { action, version } of taken) {
    if (action === 'promote' && version !== undefined) {
      left.push(version);
      continue;
    }
    left.pop();
    while (left.length > 0 && left.at(-1) !== version) left.pop();
  }
  return left;
}
