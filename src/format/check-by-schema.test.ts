import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { checkBySchema } from './check-by-schema.ts';

test('an object whose length cannot be compared is refused, as is any other that is no text', () => {
  const schema = z.object({ model: z.string().min(1) });
  for (const length of [{ toString: 0, valueOf: 0 }, Object.create(null), 7, 'x']) {
    const { success, error } = checkBySchema(schema, { model: { length } });
    assert.equal(success, false);
    assert.ok((error?.issues.length ?? 0) > 0);
  }
  assert.deepEqual(checkBySchema(schema, { model: 'm' }).data, { model: 'm' });
});
