// The scan for secrets, tried on secrets: 200 planted ones, the repository itself as the text that has none, and a history that
// once had one.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLOWED } from '../../scripts/secrets/allowed.ts';
import { findSecrets, fingerprintOf, type SecretFinding } from '../../scripts/secrets/find-secrets.ts';
import { historyTexts, treeTexts } from '../../scripts/secrets/git-texts.ts';
import { type PlantedSecret, plantSecrets } from './support/planted-secrets.ts';
import { REPOSITORY } from './support/source-files.ts';

const PLANTED = 200;
const FOUND_SHARE_MIN = 0.98;
const FALSE_FINDINGS_PER_10_000_LINES_MAX = 1;

describe('the scan for secrets', () => {
  it.each([1, 2026])('finds at least 98 % of 200 planted secrets, at their line (seed %d)', async (seed) => {
    const planted = plantSecrets(PLANTED, seed);
    const missed: PlantedSecret[] = [];
    for (const secret of planted) {
      const findings = await findSecrets(secret.path, secret.text);
      if (!findings.some(({ line }) => line === secret.line || (secret.kind === 'private key' && line === secret.line + 1)))
        missed.push(secret);
    }
    expect(new Set(planted.map(({ kind }) => kind)).size).toBeGreaterThan(25);
    expect(1 - missed.length / PLANTED, missed.map(({ kind, path }) => `${kind} in ${path}`).join('; ')).toBeGreaterThanOrEqual(
      FOUND_SHARE_MIN,
    );
  });

  it('says where and by which rule, and never what', async () => {
    for (const { path, text } of plantSecrets(60, 7)) {
      for (const finding of await findSecrets(path, text)) {
        expect(Object.keys(finding).sort()).toEqual(['fingerprint', 'line', 'path', 'rule']);
        expect(finding.fingerprint).toMatch(/^[0-9a-f]{16}$/);
      }
    }
  });

  it('finds nothing in placeholders, variables, references to a store, hashes and ids', async () => {
    const harmless = [
      `${'pass'}word=\${KAFKA_PASSWORD}`,
      `${'pass'}word: <your password>`,
      `sasl.${'pass'}word=$PASSWORD_FROM_STORE`,
      `api_key: process.env['API_KEY']`,
      `secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:kafka'`,
      `${'pass'}word="changeit"`,
      `const ${'pass'}word = readPassword(config.secrets.kafka);`,
      `const tokens = tokenise(text); const secret = secrets.get(name)`,
      `integrity: sha512-${'Ab3'.repeat(28)}==`,
      `commit 3f786850e387550fdab836ed7e6dc881de23001b`,
      `id: 123e4567-e89b-42d3-a456-426614174000`,
      `postgres://localhost:5432/lake https://example.net/a:b@c`,
    ].join('\n');
    expect(await findSecrets('harmless.yaml', harmless)).toEqual([]);
  });
});

describe('this repository', () => {
  const texts = treeTexts(REPOSITORY);
  const found: SecretFinding[] = [];
  let lines = 0;

  beforeAll(async () => {
    for (const { path, text } of texts) {
      lines += text.split('\n').length;
      found.push(...(await findSecrets(path, text)));
    }
  });

  it('holds no secret', () => {
    expect(found.filter(({ fingerprint }) => !ALLOWED.has(fingerprint))).toEqual([]);
  });

  it('gives at most one false finding in 10,000 lines, the allowed ones included', () => {
    expect(lines).toBeGreaterThan(50_000);
    expect((found.length / lines) * 10_000).toBeLessThanOrEqual(FALSE_FINDINGS_PER_10_000_LINES_MAX);
  });

  it('allows no fingerprint that it does not have', () => {
    const seen = new Set(found.map(({ fingerprint }) => fingerprint));
    expect([...ALLOWED.keys()].filter((fingerprint) => !seen.has(fingerprint))).toEqual([]);
    for (const reason of ALLOWED.values()) expect(reason.length).toBeGreaterThan(20);
  });
});

describe('the history', () => {
  const repository = mkdtempSync(join(tmpdir(), 'firn-history-'));
  afterAll(() => rmSync(repository, { recursive: true, force: true }));
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.net', '-c', 'commit.gpgsign=false', ...args], {
      cwd: repository,
    });
  const [inFile, inMessage] = plantSecrets(2, 11) as [PlantedSecret, PlantedSecret];

  beforeAll(() => {
    git('init', '--quiet');
    writeFileSync(join(repository, 'settings.properties'), inFile.text);
    git('add', '.');
    git('commit', '--quiet', '-m', 'settings');
    writeFileSync(join(repository, 'settings.properties'), 'region=eu\n');
    git('commit', '--quiet', '-am', `remove the password\n\n${inMessage.text}`);
  });

  it('still gives away what was committed and removed, in a file and in a message', async () => {
    const inTree = await Promise.all(treeTexts(repository).map(({ path, text }) => findSecrets(path, text)));
    expect(inTree.flat()).toEqual([]);
    const findings = (await Promise.all(historyTexts(repository).map(({ path, text }) => findSecrets(path, text)))).flat();
    expect(findings.map(({ path, rule }) => [path.replace(/^commit .*/, 'a commit'), rule])).toEqual([
      ['a commit', 'sasl-jaas'],
      ['settings.properties', 'sasl-jaas'],
    ]);
  });
});

describe('a fingerprint', () => {
  it('tells secrets apart and gives none away', () => {
    expect(fingerprintOf('one')).not.toBe(fingerprintOf('two'));
    expect(fingerprintOf('one')).toBe(fingerprintOf('one'));
  });
});
