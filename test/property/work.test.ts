import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversationKeyOf, questionKeyOf } from '../../src/learning/labels/question-key.ts';
import { listOfEntries } from '../../src/protocol/common/list-of-entries.ts';
import { createToolLoops } from '../../src/request/memory/tool-loops.ts';
import { requestFeatures } from '../../src/routing/signals/read-signals.ts';
import { z } from 'zod';

/**
 * Twice the input takes at most twice the work, and a little: counted in the members that are read of it, not in time.
 */
function assertLinear(
  what: string,
  work: (size: number, counted: <T extends object>(value: T) => T) => unknown,
): void {
  const steps = (size: number): number => {
    let reads = 0;
    const counted = <T extends object>(value: T): T =>
      new Proxy(value, {
        get(target, key, receiver) {
          reads += 1;
          const member: unknown = Reflect.get(target, key, receiver);
          return typeof member === 'object' && member !== null ? counted(member) : member;
        },
      });
    work(size, counted);
    return reads;
  };
  for (const size of [50, 500]) {
    const [once, twice] = [steps(size), steps(2 * size)];
    assert.ok(once > 0, what);
    assert.ok(twice <= 2.2 * once + 20, `${what}: ${once} steps, then ${twice}`);
  }
}

const times = <T>(count: number, make: (position: number) => T): T[] =>
  Array.from({ length: count }, (_, position) => make(position));

/** Conversations of many messages, of many parts, and of many tool calls. */
const SHAPES: Readonly<
  Record<string, (size: number) => { role: string; content?: string | unknown[]; tool_calls?: unknown }[]>
> = {
  messages: (size) => times(size, () => ({ role: 'user', content: 'hi' })),
  parts: (size) => [{ role: 'user', content: times(size, () => ({ type: 'text', text: 'hi' })) }],
  calls: (size) => [
    { role: 'user', content: 'hi' },
    { role: 'assistant', tool_calls: times(size, (position) => ({ id: `call_${position}` })) },
  ],
};

for (const [shape, make] of Object.entries(SHAPES)) {
  test(`features of a request with twice the ${shape} take at most twice the steps`, () => {
    assertLinear('features', (size, counted) => requestFeatures({ messages: counted(make(size)) }));
  });

  test(`finding the tool loop of a conversation with twice the ${shape} takes at most twice the steps`, () => {
    const loops = createToolLoops();
    loops.remember(
      't',
      'r',
      times(1_000, (position) => `call_${position}`),
      'small',
    );
    assertLinear('tool loops', (size, counted) => loops.tiersOf('t', 'r', counted(make(size))));
  });

  test(`the keys of a conversation with twice the ${shape} take at most twice the steps`, () => {
    assertLinear('keys', (size, counted) => [
      questionKeyOf(counted(make(size))),
      conversationKeyOf(counted(make(size)), 'secret'),
    ]);
  });
}

test('a list is read up to its first wrong entry and no further, and a good one once', () => {
  const schema = listOfEntries(z.looseObject({ role: z.string() }), {
    fits: (entry) => typeof entry['role'] === 'string',
  });
  const read = (wrongAt: number, length: number): number => {
    let reads = 0;
    const list = times(length, (position) =>
      position < wrongAt
        ? {
            get role() {
              reads += 1;
              return 'user';
            },
          }
        : 1,
    );
    const { success, error } = schema.safeParse(list);
    assert.equal(success, wrongAt >= length);
    assert.ok((error?.issues.length ?? 1) === 1);
    return reads;
  };
  assert.deepEqual([read(0, 100_000), read(10, 100_000), read(5_000, 5_000)], [0, 10, 5_000]);
});
