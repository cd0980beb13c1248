import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnnouncedRoom } from './announced-room.ts';

test('a run announces little room, and more before it needs it', () => {
  const room = createAnnouncedRoom(10_000);
  assert.equal(room.announced, 64);
  assert.equal(room.outgrown(32), false);
  assert.equal(room.outgrown(33), true);
  assert.equal(room.announced, 256);
  for (let held = 34; held <= 20_000; held += 1) {
    room.outgrown(held);
    assert.ok(room.announced >= Math.min(10_000, 2 * held), String(held));
  }
  assert.equal(room.announced, 10_000);
});

test('room that was not needed is given up, twice what was held stays', () => {
  const room = createAnnouncedRoom(10_000);
  for (let held = 1; held <= 3_000; held += 1) room.outgrown(held);
  assert.equal(room.settle(0), 10_000, 'twice the peak, and as much again');
  assert.equal(room.settle(0), 128);
  assert.equal(room.outgrown(65), true);
});

test('no room is larger than what the run may hold at all', () => {
  assert.equal(createAnnouncedRoom(10).announced, 10);
  assert.equal(createAnnouncedRoom(10).outgrown(10), false);
});
