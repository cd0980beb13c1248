import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseListen } from './listen.ts';
import { isLoopback } from '../../upstream/transport/loopback.ts';

test('an address is a host and a port', () => {
  assert.deepEqual(parseListen('127.0.0.1:8787'), { host: '127.0.0.1', port: 8787 });
  assert.deepEqual(parseListen('localhost:0'), { host: 'localhost', port: 0 });
  assert.deepEqual(parseListen('[::1]:80'), { host: '::1', port: 80 });
});

test('anything else is no address', () => {
  for (const text of [
    '',
    '8787',
    ':8787',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '::1:80',
    '[::1]',
    '[x]:80',
    'a b:1',
    'http://x:1',
    'x:1/',
  ])
    assert.equal(parseListen(text), undefined, text);
});

test('only this machine reaches a loopback address', () => {
  for (const host of [
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    'localhost',
    'LOCALHOST',
    'a.localhost',
    '::ffff:127.0.0.1',
  ])
    assert.equal(isLoopback(host), true, host);
});

test('every other address can be reached from elsewhere', () => {
  for (const host of [
    '0.0.0.0',
    '::',
    '192.168.0.1',
    '128.0.0.1',
    '127.0.0.1.example.com',
    'localhost.example.com',
    'mylocalhost',
    '::ffff:10.0.0.1',
    'fe80::1',
    '',
  ])
    assert.equal(isLoopback(host), false, host);
});
