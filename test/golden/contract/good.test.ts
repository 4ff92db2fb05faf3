// Contracts that must compile: the golden ones and every example product, with the field ids committed beside the examples.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../../src/columns.ts';
import type { ColumnPlan } from '../../../src/contract/compiled.ts';
import { parseFieldIds } from '../../../src/contract/field-ids.ts';
import { type LoadResult, loadContract } from '../../../src/contract/load-contract.ts';
import { readProduct } from '../../../src/contract/product.ts';
import { contractFromJson, contractToJson } from '../../../src/contract/serialize.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const examples = globSync('schemas/*/*.odcs.yaml', { cwd: root }).sort();
const golden = globSync('test/golden/contract/good/*', { cwd: root }).sort();

function load(file: string): LoadResult & { ok: true } {
  const result = loadContract(readFileSync(`${root}${file}`, 'utf8'), { file });
  expect(result.ok ? [] : result.findings).toEqual([]);
  if (!result.ok) throw new Error('unreachable');
  return result;
}

/** Slots as layoutOf numbers them, by walking the plans. */
function expectSlots(plans: readonly ColumnPlan[], layout: ReturnType<typeof layoutOf>): void {
  for (const plan of plans) {
    const slot = layout.slots[plan.slot]!;
    expect(slot.field).toEqual(plan.field);
    expectSlots(plan.children, slot.child ?? layout);
  }
}

describe.each([...examples, ...golden])('%s', (file) => {
  it('compiles, with slots as column batches number them', () => {
    const { contract } = load(file);
    const { program } = contract.tables[0]!;
    const layout = layoutOf(program.struct);
    expectSlots(program.columns, layout);
    for (const [name, slot] of Object.entries(program.technical)) {
      if (slot === undefined) continue;
      const column = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      expect(layout.slots[slot]?.field.name).toBe(column);
      expect(layout.slots[slot]?.parent).toBe(-1);
    }
    if (program.eventTime) expect(program.eventTime.column.endsWith(layout.slots[program.eventTime.slot]!.field.name)).toBe(true);
  });

  it('is the same after a round trip through JSON', () => {
    const { contract } = load(file);
    expect(contractFromJson(contractToJson(contract))).toStrictEqual(contract);
  });
});

describe.each(examples)('%s', (file) => {
  it('has its committed field ids, which give every column its id and change nothing', () => {
    const idsFile = file.replace('.odcs.yaml', '.ids.json');
    expect(existsSync(`${root}${idsFile}`)).toBe(true);
    const ids = parseFieldIds(readFileSync(`${root}${idsFile}`, 'utf8'), idsFile);
    expect(ids.ok).toBe(true);
    if (!ids.ok) return;
    const result = loadContract(readFileSync(`${root}${file}`, 'utf8'), { file, ids: ids.ids, assignIds: false });
    expect(result).toMatchObject({ ok: true, idsChanged: false, warnings: [] });
    expect(result.ok && result.ids).toEqual(ids.ids);
  });

  it('is promised by its product, in the same version', () => {
    const productFile = file.replace(/[^/]+$/, 'product.odps.yaml');
    const product = readProduct(readFileSync(`${root}${productFile}`, 'utf8'), { file: productFile });
    expect(product).toMatchObject({ ok: true });
    const { contract } = load(file);
    const ports = product.ok ? product.product.outputPorts : [];
    expect(ports.find((port) => port.contractId === contract.urn)?.version).toBe(contract.version);
  });
});
