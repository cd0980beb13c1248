import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorBody } from '../errors.ts';
import { boundaryOf, readForm } from './read-form.ts';

const lines = (...text: string[]): Buffer => Buffer.from(text.join('\r\n'));
const part = (disposition: string, value = 'x'): string[] => [
  `Content-Disposition: ${disposition}`,
  '',
  value,
];
const form = (...parts: string[][]): Buffer =>
  lines(...parts.flatMap((each) => ['--b', ...each]), '--b--', '');
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return errorBody(error).error.code;
  }
  return 'none';
};

test('a field is replaced, and every other byte of a file stays', () => {
  const sound = Buffer.from([0, 13, 10, 45, 45, 255, 13, 10]);
  const bytes = Buffer.concat([
    lines(
      '--b',
      ...part('form-data; name="model"', 'whisper'),
      '--b',
      'Content-Disposition: form-data; name="file"; filename="a.wav"',
      'Content-Type: audio/wav',
      '',
      '',
    ),
    sound,
    lines('', '--b--', ''),
  ]);
  const read = readForm(bytes, 'b');
  assert.deepEqual([...read.fields], [['model', 'whisper']]);
  const expected = Buffer.concat([
    lines(
      '--b',
      'content-disposition: form-data; name="model"',
      '',
      'large-v3',
      '--b',
      'content-disposition: form-data; name="file"; filename="a.wav"',
      'content-type: audio/wav',
      '',
      '',
    ),
    sound,
    lines('', '--b--', ''),
  ]);
  assert.deepEqual(read.written('model', 'large-v3', 'b'), expected);
  assert.deepEqual(readForm(expected, 'b').written('model', 'large-v3', 'b'), expected);
});

test('where a field stands twice, no reader finds the old value', () => {
  const twice = form(part('form-data; name="model"', 'a'), part('form-data; name=model', 'b'));
  const written = readForm(twice, 'b').written('model', 'c', 'b').toString();
  assert.equal(written.match(/\r\n\r\nc\r\n/g)?.length, 2);
});

test('what two readers may take for two is refused', () => {
  const heads = [
    'form-data; name="mod\\el"',
    'form-data; name="model"; name="other"',
    'form-data; name="model" x',
    'form-data; name="mo\ndel"',
    'form-data; name="mödel"',
    'attachment; name="model"',
    'form-data',
  ];
  for (const head of heads)
    assert.equal(
      codeOf(() => readForm(form(part(head)), 'b')),
      'invalid_request',
      head,
    );
  const odd = form([
    'Content-Disposition: form-data; name="a"',
    'Content-Disposition: form-data; name="model"',
    '',
    'x',
  ]);
  assert.equal(
    codeOf(() => readForm(odd, 'b')),
    'invalid_request',
  );
  const encoded = form([
    'Content-Disposition: form-data; name="a"',
    'Content-Transfer-Encoding: base64',
    '',
    'x',
  ]);
  assert.equal(
    codeOf(() => readForm(encoded, 'b')),
    'invalid_request',
  );
});

test('a form without its end, or with too many fields, is refused', () => {
  assert.equal(
    codeOf(() => readForm(lines('--b', ...part('form-data; name="a"')), 'b')),
    'invalid_request',
  );
  assert.equal(
    codeOf(() => readForm(Buffer.alloc(0), 'b')),
    'invalid_request',
  );
  const many = form(...Array.from({ length: 300 }, () => part('form-data; name="a"')));
  assert.equal(
    codeOf(() => readForm(many, 'b')),
    'invalid_request',
  );
});

test('the boundary is read in its two spellings, and its absence is told', () => {
  assert.equal(boundaryOf('multipart/form-data; boundary=b1'), 'b1');
  assert.equal(boundaryOf('Multipart/Form-Data; charset=utf-8; boundary="b 1"'), 'b 1');
  for (const type of ['', 'application/json', 'multipart/form-data', 'multipart/form-data; boundary=""'])
    assert.equal(
      codeOf(() => boundaryOf(type)),
      'unsupported_media_type',
      type,
    );
});

test('a name of a file cannot end the head', () => {
  const named = form(part(`form-data; name="file"; filename*=UTF-8''a%0d%0ax%22.wav`));
  assert.match(
    readForm(named, 'b').written('model', 'm', 'b').toString(),
    /name="file"; filename="a__x_\.wav"\r\n/,
  );
});

test('the form goes on between marks that its client did not write', () => {
  // A reader that takes a lone line feed before the mark would find a second model.
  const hidden = 'x\n--b\nContent-Disposition: form-data; name="model"\n\nother\n--b--\n';
  const read = readForm(
    form(part('form-data; name="model"', 'a'), part('form-data; name="prompt"', hidden)),
    'b',
  );
  assert.deepEqual(read.names, ['model', 'prompt']);
  const written = read.written('model', 'm', 'weir-1').toString();
  assert.deepEqual(
    written.split('--weir-1').map((piece) => piece.trim().split('\r\n')[0]),
    [
      '',
      'content-disposition: form-data; name="model"',
      'content-disposition: form-data; name="prompt"',
      '--',
    ],
  );
});
