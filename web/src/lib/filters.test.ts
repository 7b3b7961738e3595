import { assert, describe, test } from 'vitest';
import { compose, count, type Filters, NO_FILTERS, read } from './filters';

const bare = (field: string) => ['key', 'explicit'].includes(field);

function filters(part: Partial<Filters>): Filters {
  return { ...NO_FILTERS, ...part };
}

/** Expression and controls that say the same. */
const SAME: [string, Filters][] = [
  ['', NO_FILTERS],
  ['artists = "Tin Orchard"', filters({ choices: { artists: ['Tin Orchard'] } })],
  ['artists IN ("Tin Orchard", "Nube Ñ")', filters({ choices: { artists: ['Tin Orchard', 'Nube Ñ'] } })],
  ['key = 4', filters({ choices: { key: ['4'] } })],
  ['explicit = true', filters({ choices: { explicit: ['true'] } })],
  ['energy BETWEEN 0.2 AND 0.8', filters({ ranges: { energy: [0.2, 0.8] } })],
  ['energy >= 0.2', filters({ ranges: { energy: [0.2, null] } })],
  ['loudness <= -7.5', filters({ ranges: { loudness: [null, -7.5] } })],
  [
    'artists = "A" AND energy BETWEEN 0.2 AND 0.8 AND tempo >= 90',
    filters({ choices: { artists: ['A'] }, ranges: { energy: [0.2, 0.8], tempo: [90, null] } }),
  ],
  [
    '`in` = "a field with the name of a keyword"',
    filters({ choices: { in: ['a field with the name of a keyword'] } }),
  ],
  ['NOT energy > 0.5', filters({ extra: 'NOT energy > 0.5' })],
  ['lyrics EXISTS', filters({ extra: 'lyrics EXISTS' })],
  ['energy > 0.5 OR tempo < 90', filters({ extra: 'energy > 0.5 OR tempo < 90' })],
  [
    'artists = "A" AND (energy > 0.5 OR tempo < 90)',
    filters({ choices: { artists: ['A'] }, extra: '(energy > 0.5 OR tempo < 90)' }),
  ],
];

describe('an expression and its controls', () => {
  for (const [expression, controls] of SAME) {
    test(`${expression || 'nothing'}: read`, () => assert.deepEqual(read(expression), controls));
    test(`${expression || 'nothing'}: composed`, () =>
      assert.strictEqual(compose(controls, bare), expression));
  }
});

describe('values with marks', () => {
  for (const value of [
    'He said "no"',
    'back\\slash',
    'two\nlines',
    'tab\there',
    "l'heure",
    'a AND b OR (c)',
    '4',
    'true',
    '',
  ]) {
    test(JSON.stringify(value), () => {
      const controls = filters({ choices: { artists: [value, 'other'] } });
      assert.deepEqual(read(compose(controls, () => false)), controls);
    });
  }
});

test('single quotes and small keywords are read too', () => {
  assert.deepEqual(
    read("artists in ('A', 'B') and energy between 0 and 1"),
    filters({ choices: { artists: ['A', 'B'] }, ranges: { energy: [0, 1] } }),
  );
});

test('what no control holds stays as it is, beside what one does', () => {
  const read_back = read('artists = "A" AND place WITHIN 5 km OF (9.9, -84.1) AND artists = "B"');
  assert.deepEqual(read_back.choices, { artists: ['A'] });
  assert.strictEqual(read_back.extra, 'place WITHIN 5 km OF (9.9, -84.1) AND artists = "B"');
});

test('an OR in the expert field is bound before it is joined to the controls', () => {
  const controls = filters({ choices: { artists: ['A'] }, extra: 'energy > 0.5 OR tempo < 90' });
  assert.strictEqual(compose(controls, bare), 'artists = "A" AND (energy > 0.5 OR tempo < 90)');
});

test('an OR between quotes binds nothing', () => {
  const controls = filters({ choices: { artists: ['A'] }, extra: 'title = "now OR never"' });
  assert.strictEqual(compose(controls, bare), 'artists = "A" AND title = "now OR never"');
});

test('a broken expression is kept for its writer to mend', () => {
  for (const broken of ['nonsense =', '(energy > 0.5', 'energy BETWEEN 1', 'artists IN ()', '= 4']) {
    assert.deepEqual(read(broken).choices, {}, broken);
    assert.deepEqual(read(broken).ranges, {}, broken);
    assert.notStrictEqual(read(broken).extra, '', broken);
  }
});

test('empty controls say nothing and count for nothing', () => {
  const controls = filters({ choices: { artists: [] }, ranges: { energy: [null, null] }, extra: '  ' });
  assert.strictEqual(compose(controls, bare), '');
  assert.strictEqual(count(controls), 0);
});

test('every control in use counts', () => {
  assert.strictEqual(count(read('artists IN ("A", "B") AND energy >= 0.5 AND NOT lyrics EXISTS')), 3);
});
