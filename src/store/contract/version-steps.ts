import type { VersionStep } from './version-rows.ts';

/** A step as far as it follows from those before it. */
export type NextStep = Omit<VersionStep, 'route' | 'number' | 'takenBy' | 'takenAtMs'>;

const inForce = (taken: readonly VersionStep[]): string | undefined => taken.at(-1)?.version;

/** @returns undefined where the version is in force already. */
export function promotion(taken: readonly VersionStep[], version: string): NextStep | undefined {
  const replaced = inForce(taken);
  if (replaced === version) return undefined;
  return { action: 'promote', version, ...(replaced === undefined ? {} : { replaced }) };
}

/** A step back to what was in force before the present version. @returns undefined where none is in force. */
export function rollback(taken: readonly VersionStep[]): NextStep | undefined {
  return backTo(taken, past(taken).at(-2));
}

/**
 * To a version, or to none: back to it where it is one of those that a rollback would come to, else a promotion.
 * @returns undefined where that is in force already.
 */
export function forced(taken: readonly VersionStep[], version: string | undefined): NextStep | undefined {
  if (version === inForce(taken)) return undefined;
  return version === undefined || past(taken).includes(version)
    ? backTo(taken, version)
    : promotion(taken, version);
}

function backTo(taken: readonly VersionStep[], version: string | undefined): NextStep | undefined {
  const replaced = inForce(taken);
  if (replaced === undefined) return undefined;
  return { action: 'rollback', ...(version === undefined ? {} : { version }), replaced };
}

/**
 * What rollbacks come to, the version in force last: each goes back a step, and not to and fro. One that went back
 * several steps has left all of those: what was taken out of force together must not come back on its own.
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
