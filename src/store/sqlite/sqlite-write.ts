import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { LAST_RESORT_PAGES } from './checkpointer.ts';
import { AUDIT_COLUMNS } from '../sql/learning-columns.ts';
import type { AuditRow } from '../contract/learning-rows.ts';
import type { AttemptRow, OutcomeRow } from '../contract/outcome-rows.ts';
import type { Batch, Label } from '../contract/store.ts';
import { ATTEMPT_COLUMNS, LABEL_COLUMNS, OUTCOME_COLUMNS, toCells, type Columns } from '../sql/tables.ts';

/** SQLite blocks its thread while it waits for a lock, so it may hardly wait. */
export const BLOCKING_WAIT_MS = 10;

/** Another connection to a database that is open already. @throws what `node:sqlite` throws. */
export function openToWrite(path: string): DatabaseSync {
  // A file that has been removed must not be created again.
  const file = pathToFileURL(path);
  file.searchParams.set('mode', 'rw');
  const database = new DatabaseSync(file, { timeout: BLOCKING_WAIT_MS, enableForeignKeyConstraints: true });
  database.exec(`pragma synchronous = normal; pragma wal_autocheckpoint = ${LAST_RESORT_PAGES}`);
  return database;
}

const quoted = (field: string) => `"${field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}"`;

function insertInto<Row>(table: string, columns: Columns<Row>): string {
  const fields = Object.keys(columns);
  return `insert into ${table} (${fields.map(quoted).join()}) values (${fields.map(() => '?').join()})`;
}

/** Makes an insert replace the row with the same `key`, and keep the rows that refer to it. */
function orReplace<Row>(columns: Columns<Row>, key: readonly (keyof Row & string)[]): string {
  const changes = Object.keys(columns).map((field) => `${quoted(field)} = excluded.${quoted(field)}`);
  return `on conflict (${key.map(quoted).join()}) do update set ${changes.join()}`;
}

/**
 * Writes each batch in one transaction, with prepared statements instead of kysely: on the thread that serves requests,
 * building a query with kysely takes longer than the insert itself.
 * @throws what `node:sqlite` throws; then nothing of the batch is written.
 */
export function createBatchWriter(database: DatabaseSync): (batch: Batch) => void {
  const outcomeCells = toCells<OutcomeRow>(OUTCOME_COLUMNS);
  const attemptCells = toCells<AttemptRow>(ATTEMPT_COLUMNS);
  const labelCells = toCells<Label>(LABEL_COLUMNS);
  const auditCells = toCells<AuditRow>(AUDIT_COLUMNS);
  const prepare = () => {
    const newOutcome = insertInto('outcome', OUTCOME_COLUMNS);
    return {
      newOutcome: database.prepare(`${newOutcome} on conflict (id) do nothing`),
      replaceOutcome: database.prepare(`${newOutcome} ${orReplace(OUTCOME_COLUMNS, ['id'])}`),
      forgetAttempts: database.prepare('delete from attempt where outcome_id = ?'),
      newAttempt: database.prepare(insertInto('attempt', ATTEMPT_COLUMNS)),
      // A label that waited may be older than one that was written meanwhile.
      label: database.prepare(
        `${insertInto('label', LABEL_COLUMNS)} ${orReplace(LABEL_COLUMNS, ['outcomeId', 'tier', 'source'])}
          where excluded.created_at_ms >= label.created_at_ms`,
      ),
      audit: database.prepare(`${insertInto('audit', AUDIT_COLUMNS)} on conflict (outcome_id) do nothing`),
    };
  };
  let statements: ReturnType<typeof prepare> | undefined;

  return ({ outcomes, labels, audits }) => {
    // Prepared late, because before the migrations there are no tables.
    const { newOutcome, replaceOutcome, forgetAttempts, newAttempt, label, audit } = (statements ??=
      prepare());
    database.exec('begin immediate');
    try {
      for (const { outcome, attempts } of outcomes) {
        const cells = outcomeCells(outcome);
        if (newOutcome.run(...cells).changes === 0) {
          replaceOutcome.run(...cells);
          forgetAttempts.run(outcome.id);
        }
        for (const attempt of attempts) newAttempt.run(...attemptCells(attempt));
      }
      for (const made of audits) audit.run(...auditCells(made));
      for (const given of labels) label.run(...labelCells(given));
      database.exec('commit');
    } catch (error) {
      // When the disk is full, SQLite has already rolled back.
      if (database.isTransaction) database.exec('rollback');
      throw error;
    }
  };
}
