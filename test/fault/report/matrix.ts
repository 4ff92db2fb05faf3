// Faults × steps, played over the memory ports: two overlapping batches are landed and committed with one fault at one call; then the
// input comes again and the contract is rung, as Kafka and the doorbell do, and everything late has taken effect. The outcome is what
// the process said, and whether every record is in one place.
import { FirnError } from '../../../src/errors.ts';
import {
  audit,
  CrashError,
  type Fault,
  GAME_TABLE,
  MemoryWorld,
  makeLab,
  observer,
  type PortCall,
  records,
  rowsOf,
  rowText,
} from '../../support/memory/index.ts';

export const MATRIX_FAULTS: Readonly<Record<string, Fault>> = {
  'fails before': { kind: 'fail-before' },
  'reply lost': { kind: 'apply-then-fail' },
  'takes effect later': { kind: 'apply-late', afterMs: 60_000 },
  'never takes effect': { kind: 'lost' },
  'crash before': { kind: 'crash-before' },
  'crash after': { kind: 'crash-after' },
};

export interface MatrixCell {
  readonly calls: number;
  /** What the process said, how often. */
  readonly said: Readonly<Record<string, number>>;
  /** Calls after whose fault a record was not in exactly one place. */
  readonly wrong: number;
}

const FIRST = records('abx.na');
const SECOND = records('.naxb', { offset: 3 });
const ACCEPTED = [...FIRST, ...SECOND.slice(2)].filter(({ kind }) => 'ab'.includes(kind)).map((one) => rowText(one));

/** Step → fault → outcome. */
export async function playMatrix(): Promise<Map<string, Map<string, MatrixCell>>> {
  const plain = makeLab();
  await way(plain);
  const matrix = new Map<string, Map<string, MatrixCell>>();
  for (const call of plain.calls) {
    const step = stepOf(call);
    const row = matrix.get(step) ?? new Map<string, MatrixCell>();
    matrix.set(step, row);
    for (const [name, fault] of Object.entries(MATRIX_FAULTS)) {
      const { said, isRight } = await play(call.count, fault);
      const cell = row.get(name) ?? { calls: 0, said: {}, wrong: 0 };
      row.set(name, {
        calls: cell.calls + 1,
        said: { ...cell.said, [said]: (cell.said[said] ?? 0) + 1 },
        wrong: cell.wrong + (isRight ? 0 : 1),
      });
    }
  }
  return matrix;
}

async function way(lab: ReturnType<typeof makeLab>): Promise<void> {
  await lab.land(FIRST);
  await lab.land(SECOND);
  await lab.commit();
}

async function play(count: number, fault: Fault): Promise<{ readonly said: string; readonly isRight: boolean }> {
  const world = new MemoryWorld();
  let said = 'goes on';
  try {
    await way(makeLab({ world, fault: (call) => (call.count === count ? fault : undefined) }));
  } catch (error) {
    if (!(error instanceof FirnError || error instanceof CrashError)) throw error;
    said = error.name;
  }
  const next = makeLab({ world, process: 'next', seed: 7 });
  for (const lateMs of [0, 120_000]) {
    world.advance(lateMs);
    await next.land(FIRST);
    await next.land(SECOND);
    await next.commit();
  }
  const { ports } = observer(world);
  const rows = await rowsOf(ports, GAME_TABLE);
  const isRight = (await audit(ports)).clean && JSON.stringify(rows) === JSON.stringify([...ACCEPTED].sort());
  return { said, isRight };
}

function stepOf({ port, op, target }: PortCall): string {
  if (port !== 'files') return `${port}: ${op}`;
  const kind =
    (/\/_firn\/[^/]+\/(staged|ledger|checkpoint)\//.exec(target)?.[1] ?? /\/(data|metadata)\//.exec(target)?.[1] ?? 'ledger.json') ||
    'other';
  const what = kind === 'metadata' ? (target.endsWith('.json') ? 'metadata file' : 'manifest or list') : kind;
  return `${op} of ${what}`;
}
