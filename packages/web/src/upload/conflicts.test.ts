import { expect, it } from 'vitest';
import { clashesOf, planUpload } from './conflicts.ts';
import { topNames } from './entries.ts';

const file = (name: string) => ({ name, size: 1 }) as File;
const picked = {
  files: [
    { file: file('a.txt'), folders: [] },
    { file: file('b.txt'), folders: [] },
    { file: file('x'), folders: ['photos', '2026'] },
    { file: file('y'), folders: ['photos'] },
  ],
  emptyFolders: [['empty', 'deep']],
};

it('asks once for each name that stands in the target itself', () => {
  expect(topNames(picked)).toEqual([
    { name: 'a.txt', folder: false },
    { name: 'b.txt', folder: false },
    { name: 'photos', folder: true },
    { name: 'empty', folder: true },
  ]);
  expect(
    clashesOf(topNames(picked), new Set(['photos', 'b.txt', 'other'])).map((clash) => clash.name),
  ).toEqual(['b.txt', 'photos']);
});

it('compares names as the server stores them', () => {
  expect(topNames({ files: [{ file: file('u\u0308.txt'), folders: [] }], emptyFolders: [] })[0]?.name).toBe(
    '\u00fc.txt',
  );
});

it('leaves a skipped file out, and sends a skipped folder so that only its new files arrive', () => {
  const plan = planUpload(
    picked,
    new Map([
      ['a.txt', 'skip'],
      ['b.txt', 'replace'],
      ['photos', 'skip'],
    ] as const),
  );
  expect(plan.skipped).toBe(1);
  expect(
    plan.files.map(({ file: { name }, conflict, skipIfTaken }) => [name, conflict, skipIfTaken]),
  ).toEqual([
    ['b.txt', 'replace', false],
    ['x', 'fail', true],
    ['y', 'fail', true],
  ]);
});
