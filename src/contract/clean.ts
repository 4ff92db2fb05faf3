// `firn.clean`: the steps that change a value before it is judged, checked against the column's type.
import type { CleanStep, IcebergType } from './compiled.ts';
import { type Report, refuse } from './findings.ts';
import { type DocNode, needWord } from './nodes.ts';

const STEPS = ['trim', 'lower', 'upper', 'empty-to-null', 'nfc', 'coerce'] as const satisfies readonly CleanStep[];

/** The steps in order; a single word is a list of one. */
export function cleanSteps(
  report: Report,
  node: DocNode,
  column: { readonly type: IcebergType; readonly isJsonText: boolean },
): readonly CleanStep[] {
  const nodes = node.kind === 'list' ? node.items : [node];
  const steps: CleanStep[] = [];
  for (const one of nodes) {
    const step = needWord(report, one, { what: 'a cleaning step', words: STEPS });
    if (step === undefined) continue;
    const problem = stepProblem(step, { ...column, before: steps });
    if (problem) refuse(report, one, { rule: 'clean', message: problem });
    else steps.push(step);
  }
  return steps;
}

function stepProblem(
  step: CleanStep,
  column: { readonly type: IcebergType; readonly isJsonText: boolean; readonly before: readonly CleanStep[] },
): string | undefined {
  const { type, before } = column;
  if (before.includes(step)) return `the step ${step} is there twice`;
  if (typeof type !== 'string') return `${step} needs a single value, the column is a ${type.type}`;
  if (column.isJsonText) return `${step} would change JSON kept as it was sent`;
  if (step === 'coerce') {
    const isCoercible = /^(boolean|int|long|float|double|decimal)/.test(type);
    return isCoercible ? undefined : `coerce reads numbers and booleans from text, the column is a ${type}`;
  }
  if ((step === 'lower' && before.includes('upper')) || (step === 'upper' && before.includes('lower')))
    return 'lower and upper undo each other';
  return undefined;
}
