import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localAddresses } from './local-addresses.ts';

const ollama = (setting: string): string | undefined =>
  localAddresses({ OLLAMA_HOST: setting }).addresses[0]?.baseUrl;

test('the usual ports of this machine are looked at, and no other machine', () => {
  const { addresses, notes } = localAddresses({});
  assert.deepEqual(
    addresses.map(({ baseUrl }) => baseUrl),
    [
      'http://127.0.0.1:11434/v1',
      'http://127.0.0.1:1234/v1',
      'http://127.0.0.1:8000/v1',
      'http://127.0.0.1:8080/v1',
    ],
  );
  assert.deepEqual(notes, []);
});

test('OLLAMA_HOST is read as Ollama reads it', () => {
  const cases = {
    '127.0.0.1:5000': 'http://127.0.0.1:5000/v1',
    localhost: 'http://localhost:11434/v1',
    ':5000': 'http://127.0.0.1:5000/v1',
    '0.0.0.0': 'http://127.0.0.1:11434/v1',
    '0.0.0.0:5000': 'http://127.0.0.1:5000/v1',
    '[::]:5000': 'http://127.0.0.1:5000/v1',
    '[::1]:5000': 'http://[::1]:5000/v1',
    'http://127.0.0.1:5000/': 'http://127.0.0.1:5000/v1',
    'http://127.0.0.1': 'http://127.0.0.1/v1',
    ' "127.0.0.1:5000" ': 'http://127.0.0.1:5000/v1',
  };
  for (const [setting, expected] of Object.entries(cases)) assert.equal(ollama(setting), expected, setting);
});

test('an Ollama on another machine is named and not asked', () => {
  const { addresses, notes } = localAddresses({ OLLAMA_HOST: 'http://gpu.example:11434' });
  assert.ok(!addresses.some(({ baseUrl }) => baseUrl.includes('gpu.example')));
  assert.match(notes[0] ?? '', /another machine, gpu\.example:11434, which Weir does not contact/);
});

test('credentials in OLLAMA_HOST are shown nowhere', () => {
  assert.ok(!JSON.stringify(localAddresses({ OLLAMA_HOST: 'http://me:pass@gpu.example' })).includes('pass'));
  assert.ok(
    !JSON.stringify(localAddresses({ OLLAMA_HOST: 'http://me:pass@127.0.0.1:5000' })).includes('pass'),
  );
});

test('an OLLAMA_HOST that is no address is said, and the usual port looked at', () => {
  const { addresses, notes } = localAddresses({ OLLAMA_HOST: 'not an address' });
  assert.equal(addresses.length, 4);
  assert.match(notes[0] ?? '', /OLLAMA_HOST is not a valid address/);
});

test('an Ollama on the port of another server is looked at once', () => {
  assert.equal(localAddresses({ OLLAMA_HOST: '127.0.0.1:8080' }).addresses.length, 3);
});
