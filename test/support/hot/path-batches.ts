// Values of columns that have several paths, by what each path has and which comes first in the message, one message each: those that the
// kernels store where they meet them (hot/assembly/captured.ts), and those that wait for the end of their object. Choices and texts that
// settle a variant beside them.
import type { CompiledTable } from '../../../src/contract/compiled.ts';
import { tableOf } from '../oracle/program.ts';

interface PathBatch {
  readonly name: string;
  readonly table: CompiledTable;
  readonly values: readonly Buffer[];
}

const OPTIONS = ['', 'null', '"ab"', '" Ab"', '""', '"abcde"', '"exactly fifteen"', '"exactly sixteen."', '"\\u0041"', '"é"', '7', '{}'];
const EVENTS = ['sixteen letters.', 'sixteen letters!', 'far more than sixteen letters', 'thirty-one letters and no more.', 'a', 'ab'];

export function pathBatches(): readonly PathBatch[] {
  const choice = { kind: 'validValues', values: EVENTS, onFailure: 'quarantine' } as const;
  const text = (value: string) => Buffer.from(value);
  return [
    { name: 'values of two paths, in both orders', table: twoPaths(), values: pairsOf(OPTIONS).flatMap(messagesOf).map(text) },
    {
      name: 'choices of all lengths',
      table: tableOf({
        columns: [
          { name: 'event', type: 'string', constraints: [choice] },
          { name: 'brief', type: 'string', constraints: [choice, { kind: 'maxLength', codePoints: 4, onFailure: 'quarantine' }] },
          { name: 'other', type: 'string', paths: [['other'], ['event']] },
        ],
      }),
      values: [
        ...EVENTS,
        '',
        'b',
        'sixteen letters?',
        'sixteen letters',
        'far more than sixteen letterz',
        'thirty-two letters, which is one.',
      ]
        .flatMap((event) =>
          [event, `${event}é`, `${event}\\u0061`, `${event}"x`].flatMap((value) => [`{"event":"${value}"}`, `{"brief":"${value}"}`]),
        )
        .concat('{"event":7}', '{"event":null}', '{"event":["a"]}')
        .map(text),
    },
    {
      name: 'texts that settle a variant, some too long to be remembered',
      table: tableOf({
        columns: [{ name: 'n', type: 'long' }],
        variants: ['a', 'ab', 'too long for it'].map((value, i) => ({
          name: `v${i}`,
          when: [{ path: ['v'], values: [value] }],
          columns: new Map([['n', { paths: [[`n${i}`]] }]]),
        })),
      }),
      values: pairsOf(['"a"', '"ab"', '"too long for it"', '"abc"', 'null', '"a" ', '"\\u0061"'])
        .flat()
        .map((value) => text(`{"v":${value},"n0":1,"n1":2,"n2":3}`)),
    },
  ];
}

function pairsOf(values: readonly string[]): (readonly [string, string])[] {
  return values.flatMap((first) => values.map((second): [string, string] => [first, second]));
}

/** The pair as the values of both paths, in both orders, of the message and of what it holds. */
function messagesOf([first, second]: readonly [string, string]): string[] {
  const members = (a: string, b: string) => [first === '' ? '' : `"${a}":${first}`, second === '' ? '' : `"${b}":${second}`];
  return [false, true].map((isTurned) => {
    const object = (parts: readonly string[]) => `{${(isTurned ? parts.toReversed() : parts).filter((part) => part !== '').join(',')}}`;
    const inner = object(members('k', 'l'));
    const [p, q] = members('p', 'q') as [string, string];
    return object([p, q === '' ? '' : `"deep":{${q}}`, ...members('x', 'y'), `"s":${inner}`, `"items":[${inner},{"l":"z"},${inner}]`]);
  });
}

function twoPaths(): CompiledTable {
  const short = { kind: 'maxLength', codePoints: 4, onFailure: 'quarantine' } as const;
  const member = { name: 'k', type: 'string', paths: [['k'], ['l']] } as const;
  return tableOf({
    columns: [
      { name: 'plain', type: 'string', paths: [['p'], ['deep', 'q']], onType: 'null-field' },
      { name: 'clean', type: 'string', paths: [['x'], ['y']], clean: ['trim', 'lower'], constraints: [short] },
      { name: 's', type: 'struct', children: [{ ...member, onType: 'null-field' }] },
      { name: 'items', type: 'list', children: [{ name: 'element', type: 'struct', children: [{ ...member, onType: 'warn' }] }] },
    ],
    rules: [{ rule: 'no-ab', source: "plain != 'ab'" }],
  });
}
