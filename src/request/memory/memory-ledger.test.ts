import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryLedger } from './memory-ledger.ts';

test('what one request holds is given back as a whole, and once', () => {
  const ledger = createMemoryLedger(1_000);
  const [one, other] = [ledger.hold(), ledger.hold()];
  assert.ok(one.grow(300) && one.grow(300) && other.grow(100));
  assert.deepEqual([one.bytes, ledger.held], [600, 700]);
  one.release();
  one.release();
  assert.equal(ledger.held, 100);
  assert.equal(one.grow(1), false);
  assert.equal(ledger.held, 100);
});

test('what does not fit is not booked, and a request that is refused again and again counts once', () => {
  const ledger = createMemoryLedger(1_000);
  const one = ledger.hold();
  assert.ok(one.grow(900));
  assert.deepEqual([one.grow(101), one.grow(101), ledger.held, ledger.refused], [false, false, 900, 1]);
});

test('new requests leave room to those under way', () => {
  const ledger = createMemoryLedger(1_000);
  assert.ok(ledger.fits(850));
  assert.ok(!ledger.fits(851));
  assert.ok(ledger.reserve(1_000));
});

test('a part takes no more than its share, counts in the whole, and finds no room where the whole has none', () => {
  const ledger = createMemoryLedger(1_000);
  const part = ledger.part(0.25);
  assert.ok(part.reserve(250));
  assert.ok(!part.reserve(1));
  assert.equal(ledger.held, 250);
  part.release(250);
  assert.ok(ledger.reserve(900));
  assert.ok(!part.reserve(101));
  assert.deepEqual([part.held, ledger.held], [0, 900]);
});

test('the requests of one key leave room for those of others, and give back what they held', () => {
  const ledger = createMemoryLedger(1_000);
  const [busy, more, other] = [ledger.hold(), ledger.hold(), ledger.hold()];
  busy.belongTo('busy');
  more.belongTo('busy');
  other.belongTo('other');
  assert.ok(busy.grow(600));
  assert.deepEqual(
    [more.fits(50), more.fits(51), other.fits(250), other.fits(251)],
    [true, false, true, false],
  );
  assert.deepEqual([more.grow(251), other.grow(250)], [false, true]);
  assert.equal(ledger.refused, 3);
  busy.release();
  assert.ok(more.grow(250));
  for (const holding of [more, other]) holding.release();
  assert.equal(ledger.held, 0);
  const again = ledger.hold();
  again.belongTo('busy');
  assert.ok(again.fits(650));
});

test('what was held before it was known whose it is counts as the key’s, and without keys there is no share', () => {
  const ledger = createMemoryLedger(1_000);
  const [early, next, nobody] = [ledger.hold(), ledger.hold(), ledger.hold()];
  early.grow(600);
  early.belongTo('busy');
  next.belongTo('busy');
  nobody.belongTo('');
  assert.deepEqual([next.fits(100), nobody.fits(100)], [false, true]);
});
