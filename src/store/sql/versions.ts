import { WeirError } from '../../errors.ts';
import { commandLine } from '../../format/command-line.ts';
import type { StoreConnection } from './connection.ts';
import { VERSION_COLUMNS, VERSION_STEP_COLUMNS, fromStored, toStored } from './tables.ts';
import type { Stamp, VersionRow, VersionState, VersionStep, VersionStore } from '../contract/version-rows.ts';
import { promotion, rollback, type VersionChange } from '../contract/version-steps.ts';

/**
 * Versions, and which of them is in force. Each step is one row, and the last step of a route says what is in force there.
 * A process that dies between two statements therefore leaves either the former state or the next one.
 */
export function versionQueries({ kysely, guarded }: StoreConnection): VersionStore {
  const steps = async (route?: string): Promise<VersionStep[]> => {
    let query = kysely.selectFrom('versionStep').selectAll();
    if (route !== undefined) query = query.where('route', '=', route);
    const rows = await query.orderBy('route').orderBy('number').execute();
    return rows.map((row) => fromStored<VersionStep>(VERSION_STEP_COLUMNS, row));
  };
  const stateOf = async (): Promise<(hash: string, route: string) => VersionState> => {
    const taken = await steps();
    const active = new Map(taken.map(({ route, version }) => [route, version]));
    const ever = new Set(taken.map(({ version }) => version));
    return (hash, route) =>
      active.get(route) === hash ? 'active' : ever.has(hash) ? 'retired' : 'candidate';
  };

  /** Adds the step that `next` derives from the steps so far; derives it again where another process added one meanwhile. */
  const take = async (
    route: string,
    { by, atMs }: Stamp,
    next: (taken: readonly VersionStep[]) => VersionChange | undefined,
  ): Promise<VersionStep | undefined> => {
    for (;;) {
      const taken = await steps(route);
      const wanted = next(taken);
      if (wanted === undefined) return undefined;
      const step: VersionStep = {
        route,
        number: taken.length + 1,
        ...wanted,
        takenBy: by,
        takenAtMs: atMs,
      };
      const { numInsertedOrUpdatedRows } = await kysely
        .insertInto('versionStep')
        .values(toStored<VersionStep>(VERSION_STEP_COLUMNS, step))
        .onConflict((conflict) => conflict.columns(['route', 'number']).doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows === 1n) return step;
    }
  };

  return {
    saveVersion: (version) =>
      guarded(async () => {
        const { numInsertedOrUpdatedRows } = await kysely
          .insertInto('version')
          .values(toStored<VersionRow>(VERSION_COLUMNS, version))
          .onConflict((conflict) => conflict.column('hash').doNothing())
          .executeTakeFirstOrThrow();
        return numInsertedOrUpdatedRows === 1n;
      }),

    versions: ({ route } = {}) =>
      guarded(async () => {
        let query = kysely
          .selectFrom('version')
          .select(['hash', 'route', 'objective', 'certificate', 'parent', 'createdBy', 'createdAtMs']);
        if (route !== undefined) query = query.where('route', '=', route);
        const rows = await query.orderBy('createdAtMs', 'desc').orderBy('hash').execute();
        const state = await stateOf();
        return rows.map((row) => {
          const { content: _, ...listed } = fromStored<VersionRow>(VERSION_COLUMNS, { ...row, content: '' });
          return { ...listed, state: state(row.hash, row.route) };
        });
      }),

    version: (hashOrPrefix) =>
      guarded(async () => {
        const rows = await kysely
          .selectFrom('version')
          .selectAll()
          .where(({ eb, fn, val }) =>
            eb(fn('substr', ['hash', val(1), val(hashOrPrefix.length)]), '=', hashOrPrefix),
          )
          .limit(2)
          .execute();
        const [row] = rows;
        if (row === undefined || hashOrPrefix === '') return undefined;
        if (rows.length > 1) {
          const message = `Several versions begin with '${hashOrPrefix}'; give more characters (${commandLine('versions list')} shows them).`;
          throw new WeirError('invalid_request', message);
        }
        const state = await stateOf();
        return { ...fromStored<VersionRow>(VERSION_COLUMNS, row), state: state(row.hash, row.route) };
      }),

    activeVersions: () =>
      guarded(async () => {
        const last = new Map((await steps()).map(({ route, version }) => [route, version]));
        return new Map([...last].flatMap(([route, hash]) => (hash === undefined ? [] : [[route, hash]])));
      }),

    promoteVersion: (hash, stamp) =>
      guarded(async () => {
        const version = await kysely
          .selectFrom('version')
          .select('route')
          .where('hash', '=', hash)
          .executeTakeFirst();
        if (version === undefined) throw new WeirError('invalid_request', `There is no version '${hash}'.`);
        return take(version.route, stamp, (taken) => promotion(taken, hash));
      }),

    rollbackVersion: (route, stamp) =>
      guarded(async () => {
        const step = await take(route, stamp, rollback);
        if (step !== undefined) return step;
        throw new WeirError(
          'invalid_request',
          `No version is in force on route '${route}': nothing to roll back.`,
        );
      }),

    versionSteps: (route) => guarded(() => steps(route)),
  };
}
