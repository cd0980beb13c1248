import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openStore } from '../../src/store/open.ts';
import { folder } from '../../src/store/testing.ts';
import { rowsOf, sections } from '../markdown.ts';
import { textOf } from '../project.ts';

test('docs/data-model.md has every table and column of a new database, in order, and no other', async (context) => {
  const path = join(folder(context), 'weir.db');
  await (await openStore(`sqlite:${path}`)).close();
  const database = new DatabaseSync(path, { readOnly: true });
  context.after(() => database.close());
  const columns = database
    .prepare(
      `select t.name as "table", c.name as "column", c."notnull" as required
       from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table' and t.name not like 'sqlite!_%' escape '!' order by t.name, c.cid`,
    )
    .all();
  const real: Record<string, string[]> = {};
  for (const { table, column } of columns) (real[String(table)] ??= []).push(String(column));

  const page = sections(textOf('docs/data-model.md'));
  const documented = page
    .map(({ heading, text }) => [heading, rowsOf(text, 'column')] as const)
    .filter(([, rows]) => rows.size > 0);
  assert.deepEqual(Object.fromEntries(documented.map(([table, rows]) => [table, [...rows.keys()]])), real);

  for (const { table, column, required } of columns) {
    const row = documented.find(([name]) => name === table)?.[1].get(String(column)) ?? '';
    assert.equal(row.includes('or null'), required === 0, `${String(table)}.${String(column)}: ${row}`);
  }
});
