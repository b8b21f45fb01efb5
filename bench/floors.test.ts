import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { describeShortfall, readFloors, shortfallsOf } from './floors.ts';
import { temporaryDirectory } from './targets.ts';
import { operations } from './workload.ts';

const figures = (operation: string, median: number, isTls = false) => ({
  operation,
  workers: 1,
  isTls,
  ratioToEcho: { median, min: 0, max: 1 },
});

test('a ratio under its floor is named, with what to do', () => {
  const floors = { Encrypt: 0.2, 'Encrypt, 1 worker, TLS': 0.3 };
  const measured = [figures('Encrypt', 0.2), figures('Encrypt', 0.25, true), figures('Decrypt', 0.01)];
  const shortfalls = shortfallsOf(measured, floors);
  assert.deepEqual(shortfalls, [{ name: 'Encrypt, 1 worker, TLS', operation: 'Encrypt', ratio: 0.25, floor: 0.3 }]);
  assert.deepEqual(
    shortfallsOf([figures('Encrypt', 0.1999)], floors).map(({ name }) => name),
    ['Encrypt'],
  );
  const said = shortfalls.map(describeShortfall).join();
  for (const part of ['TLS: its ratio', '0.250', 'floor of 0.3', '--operations Encrypt --profile']) {
    assert.ok(said.includes(part), said);
  }
});

test('a figure that is no number falls under its floor', () => {
  assert.equal(shortfallsOf([figures('Encrypt', Number.NaN)], { Encrypt: 0.1 }).length, 1);
});

test('on a busy machine, it also has to cost too much processor time', () => {
  const flat = (median: number) => ({ median, min: median, max: median });
  const floors = { Encrypt: 0.2 };
  const slow = figures('Encrypt', 0.1);
  const count = (share: number, cpu: number) =>
    shortfallsOf([{ ...slow, shareOfOthers: flat(share), cpuRatioToEcho: flat(cpu) }], floors).length;
  assert.deepEqual([count(0.5, 0.25), count(0.5, 0.15), count(0.05, 0.25), count(0.05, 0.15)], [0, 1, 1, 1]);
  assert.equal(shortfallsOf([{ ...slow, shareOfOthers: flat(0.5) }], floors).length, 1);
});

test('every recorded floor is one of an operation that there is', () => {
  const names = new Set(operations.map(({ name }) => name));
  for (const name of Object.keys(readFloors())) assert.ok(names.has(name.split(', ')[0] ?? ''), name);
});

test('floors that are none are refused', () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'floors.json');
  for (const text of ['{}', '{"Encrypt":"0.1"}', '{"Encrypt":0}', '{"Encrypt":null}']) {
    writeFileSync(file, text);
    assert.throws(() => readFloors(pathToFileURL(file)), /floors/, text);
  }
});
