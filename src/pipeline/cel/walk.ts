// Walks over CEL expressions: which names one refers to, how many nodes it has.
import type { CelExpr } from '../../contract/compiled.ts';

/** Names an expression refers to: columns, kafka, raw. */
export function identifiersOf(expr: CelExpr): ReadonlySet<string> {
  return new Set(nodesOf(expr).flatMap((node) => (node.op === 'ident' ? [node.name] : [])));
}

export function countNodes(expr: CelExpr): number {
  return nodesOf(expr).length;
}

function nodesOf(expr: CelExpr): readonly CelExpr[] {
  const nodes: CelExpr[] = [expr];
  for (let i = 0; i < nodes.length; i++) nodes.push(...childrenOf(nodes[i]!));
  return nodes;
}

function childrenOf(expr: CelExpr): readonly CelExpr[] {
  switch (expr.op) {
    case 'literal':
    case 'ident':
      return [];
    case 'select':
      return [expr.object];
    case 'index':
      return [expr.object, expr.index];
    case 'call':
      return expr.target ? [expr.target, ...expr.args] : expr.args;
    case 'list':
      return expr.items;
    case 'map':
      return expr.entries.flat();
    case '!':
    case 'neg':
      return [expr.operand];
    case '?:':
      return [expr.condition, expr.then, expr.otherwise];
    default:
      return [expr.left, expr.right];
  }
}
