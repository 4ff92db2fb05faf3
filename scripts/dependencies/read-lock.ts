// The lockfile as a list of what would run in production, and what about each asks for a decision: a licence nobody has looked at, a
// script that runs at installation, content without a checksum.

/** Licences that ask for no more than their notice: SPDX identifiers. */
export const LICENCES_ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'MIT-0', 'Unlicense'];

export interface LockEntry {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

export interface LockFindings {
  /** Production packages, `name@version`. */
  readonly packages: readonly string[];
  readonly problems: readonly string[];
}

/** Judges every package that is installed without development dependencies. */
export function judgeLock(packages: Readonly<Record<string, LockEntry>>): LockFindings {
  const production = Object.entries(packages).filter(([path, entry]) => path !== '' && entry.dev !== true);
  const nameOf = (path: string, { version }: LockEntry) =>
    `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`;
  const problems = production.flatMap(([path, entry]) => {
    const name = nameOf(path, entry);
    return [
      ...(isAllowed(entry.license) ? [] : [`${name}: licence ${entry.license ?? 'unknown'} is not in the allowed list`]),
      ...(entry.hasInstallScript === true ? [`${name}: runs a script at installation`] : []),
      ...(entry.integrity === undefined && entry.inBundle !== true ? [`${name}: has no checksum`] : []),
    ];
  });
  return { packages: production.map(([path, entry]) => nameOf(path, entry)), problems };
}

/** `MIT`, or a choice of which one is allowed: `(MIT OR GPL-2.0)`. */
function isAllowed(licence = ''): boolean {
  const choices = licence.replace(/^\(|\)$/g, '').split(' OR ');
  return choices.some((one) => LICENCES_ALLOWED.includes(one.trim()));
}
