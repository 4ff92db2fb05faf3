// Product headers (`product.odps.yaml`) beside the contracts: readable, and promising only contracts that are there.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Finding } from '../contract/findings.ts';
import { readProduct } from '../contract/product.ts';
import { ioError } from '../local/io-errors.ts';

export interface CheckedProduct {
  readonly path: string;
  readonly findings: readonly Finding[];
}

const PRODUCT_FILE = /\.odps\.(ya?ml|json)$/;

/** Checks the headers in the folders of the contracts; `urns` are the ids of the contracts by folder. */
export async function checkProducts(
  contracts: readonly { readonly path: string; readonly urn: string | undefined }[],
): Promise<readonly CheckedProduct[]> {
  const urns = new Map<string, Set<string | undefined>>();
  for (const { path, urn } of contracts) urns.set(dirname(path), (urns.get(dirname(path)) ?? new Set()).add(urn));
  const checked: CheckedProduct[] = [];
  for (const [folder, known] of [...urns].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const name of (await readdir(folder)).filter((entry) => PRODUCT_FILE.test(entry)).sort()) {
      checked.push(await checkProduct(relative('.', join(folder, name)), known));
    }
  }
  return checked;
}

async function checkProduct(path: string, known: ReadonlySet<string | undefined>): Promise<CheckedProduct> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw ioError(error, 'read', path);
  });
  const result = readProduct(text, { file: path });
  if (!result.ok) return { path, findings: result.findings };
  // A contract that is broken has no id to compare with: its own findings come first.
  const isSure = !known.has(undefined);
  const missing = result.product.outputPorts.filter(({ contractId }) => isSure && contractId !== undefined && !known.has(contractId));
  const findings = missing.map(
    ({ name, contractId }): Finding => ({
      severity: 'error',
      file: path,
      line: text.slice(0, text.indexOf(contractId!)).split('\n').length,
      column: 1,
      rule: 'output-port',
      path: '',
      message: `the port ${name} promises the contract ${contractId}, which no file of the folder has as its id`,
      remedy: 'correct contractId, or add the contract',
    }),
  );
  return { path, findings: [...result.warnings, ...findings] };
}
