import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExpectations } from './expectations.ts';

const base = { model: 'm', messages: [{ role: 'user' }] };
const tool = (name: string, parameters?: object) => ({ type: 'function', function: { name, parameters } });
const tools = [tool('find'), tool('now')];
const callsOf = (more: object) => readExpectations({ ...base, tools, ...more }).calls;
const open = { required: false, forbidden: false, single: false };

test('a request without a format or tools expects nothing', () => {
  assert.deepEqual(readExpectations(base), {});
  assert.deepEqual(readExpectations({ ...base, response_format: { type: 'text' }, tools: [] }), {});
});

test('any JSON object is asked for as such, and a schema as it was sent', () => {
  assert.equal(readExpectations({ ...base, response_format: { type: 'json_object' } }).json, 'object');
  const schema = { $async: true };
  const format = { type: 'json_schema', json_schema: { name: 'x', schema } };
  const { json } = readExpectations({ ...base, response_format: format });
  assert.ok(typeof json === 'object' && json.schema === schema);
});

test('a format without a schema asks for nothing', () => {
  for (const schema of [undefined, 7, null]) {
    const format = { type: 'json_schema', json_schema: { schema } };
    assert.deepEqual(readExpectations({ ...base, response_format: format }), {});
  }
});

test('tools are found by name; one without parameters takes anything', () => {
  const parameters = { type: 'object' };
  const { tools: offered } = readExpectations({
    ...base,
    tools: [tool('find', parameters), tool('now'), { type: 'custom', custom: { name: 'sql' } }],
    functions: [{ name: 'old', parameters }, 'nonsense'],
  });
  assert.deepEqual(offered?.find('find'), { takes: 'json', schema: parameters });
  assert.deepEqual(offered?.find('now'), { takes: 'json', schema: true });
  assert.deepEqual(offered?.find('sql'), { takes: 'text' });
  assert.deepEqual(offered?.find('old'), { takes: 'json', schema: parameters });
  assert.equal(offered?.find('toString'), undefined);
  assert.equal(offered?.hasOthers, false);
  assert.deepEqual(readExpectations({ ...base, functions: 'nonsense' }), {});
});

test('tools that the server calls itself are told apart', () => {
  const { tools: offered } = readExpectations({ ...base, tools: [tool('find'), { type: 'web_search' }] });
  assert.equal(offered?.hasOthers, true);
});

test('no tool is looked at before an answer calls one', () => {
  const touched = {
    type: 'function',
    get function(): never {
      throw new Error('read too early');
    },
  };
  const { tools: offered } = readExpectations({ ...base, tools: [touched], tool_choice: 'required' });
  assert.throws(() => offered?.find('x'), /read too early/);
});

test('what is said of calling tools is promised', () => {
  assert.equal(callsOf({}), undefined);
  assert.equal(callsOf({ tool_choice: 'auto' }), undefined);
  assert.deepEqual(callsOf({ tool_choice: 'none' }), { ...open, forbidden: true });
  assert.deepEqual(callsOf({ tool_choice: 'required' }), { ...open, required: true });
  assert.deepEqual(callsOf({ tool_choice: 'any' }), { ...open, required: true });
  assert.deepEqual(callsOf({ parallel_tool_calls: false }), { ...open, single: true });
  assert.equal(callsOf({ parallel_tool_calls: true }), undefined);
  const find = { ...open, required: true, only: new Set(['find']) };
  assert.deepEqual(callsOf({ tool_choice: { type: 'function', function: { name: 'find' } } }), find);
  assert.deepEqual(callsOf({ tool_choice: { type: 'custom', custom: { name: 'find' } } }), find);
  assert.deepEqual(callsOf({ function_call: { name: 'find' } }), find);
  assert.deepEqual(callsOf({ function_call: 'none' }), { ...open, forbidden: true });
});

test('a list of allowed tools narrows them, required or not', () => {
  const allowed = (mode: string, names: object[]) =>
    callsOf({ tool_choice: { type: 'allowed_tools', allowed_tools: { mode, tools: names } } });
  const find = [{ type: 'function', function: { name: 'find' } }];
  assert.deepEqual(allowed('auto', find), { ...open, only: new Set(['find']) });
  assert.deepEqual(allowed('required', find), { ...open, required: true, only: new Set(['find']) });
  assert.deepEqual(allowed('required', [...find, { type: 'web_search' }]), { ...open, required: true });
});

test('without tools nothing is promised, and nonsense promises nothing', () => {
  assert.equal(readExpectations({ ...base, tool_choice: 'required' }).calls, undefined);
  for (const tool_choice of [7, {}, [], { type: 'function' }, { type: 'web_search' }, null])
    assert.equal(callsOf({ tool_choice }), undefined, JSON.stringify(tool_choice));
});
