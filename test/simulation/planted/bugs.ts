// The protocol's named rules, and how each is removed: from the real code by replacing one anchored piece of a source file, or from
// a stand-in of the simulation by its name. A rule that cannot be caught so says why and where else it is tested.

import type { Focus } from '../engine/world.ts';

export interface Edit {
  /** Repository path. */
  readonly file: string;
  /** Must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface PlantedBug {
  readonly rule: string;
  readonly edits?: readonly Edit[];
  /** The schedules that reach what the rule is for; all of them when left out. */
  readonly focus?: Focus;
  /** Rules of the stand-ins that are switched off. */
  readonly standIns?: readonly string[];
  /** Why random schedules do not catch it; the model's own reason where it does not either. */
  readonly uncaught?: string;
  /** Caught so soon that the test suite hunts it each time: a seed that catches it. */
  readonly seed?: number;
}

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });
const inCode = (rule: string, ...edits: Edit[]): PlantedBug => ({ rule, edits });
const inStandIn = (rule: string): PlantedBug => ({ rule, standIns: [rule] });
const under = (focus: Focus, bug: PlantedBug, seed?: number): PlantedBug => ({ ...bug, focus, ...(seed === undefined ? {} : { seed }) });

const APPLY = 'src/jobs/apply.ts';
const CHECKPOINT = 'src/jobs/checkpoint-ledger.ts';
const COMMIT = 'src/jobs/commit-contract.ts';
const CREATE = 'src/jobs/create-entry.ts';
const DECIDE = 'src/jobs/decide.ts';
const EXPIRE = 'src/iceberg/expire.ts';
const IDENTITY = 'src/jobs/table-identity.ts';
const LAND = 'src/jobs/land-batch.ts';
const LEDGER = 'src/jobs/load-ledger.ts';
const MATERIALISE = 'src/jobs/materialise-files.ts';
const CANDIDATES = 'src/jobs/read-candidates.ts';
const OPERATIONS = 'src/iceberg/file-operations.ts';
const SWEEP = 'src/jobs/maintenance/sweep-table.ts';
const REDRIVE = 'src/jobs/redrive.ts';
const TAKE = 'src/jobs/take-effects.ts';
const TRIM = 'src/ledger/trim.ts';

/** The age of an entry instead of that of the checkpoint that covers it. */
const COUNTED_FROM_ENTRIES: readonly Edit[] = [
  edit(CHECKPOINT, 'now - lastModifiedMs > LIMITS.ledgerHistoryMs).at(-1)', 'now - lastModifiedMs >= 0).at(-1)'),
  edit(
    CHECKPOINT,
    'for await (const { uri } of ports.files.list(paths.ledger)) {',
    'for await (const { uri, lastModifiedMs } of ports.files.list(paths.ledger)) {\n    if (now - lastModifiedMs <= LIMITS.ledgerHistoryMs) continue;',
  ),
];

export const PLANTED_BUGS: readonly PlantedBug[] = [
  under('history', inCode('412 reads the id', edit(CREATE, '.id === entry.id ? entry : undefined', '.id === entry.id ? entry : entry'))),
  inCode(
    'acknowledge after descriptor',
    edit(LAND, "if ((await ports.files.create(uri, bytes)) !== 'unknown') return;", 'await ports.files.create(uri, bytes);\n      return;'),
  ),
  {
    ...inCode(
      'all descriptors of a list',
      edit(
        DECIDE,
        'for (const descriptor of descriptors) {\n    // Rows',
        'for (const descriptor of descriptors.slice(0, 1)) {\n    // Rows',
      ),
    ),
    uncaught: 'no safety rule: what one entry leaves the next takes (the model does not catch it either)',
  },
  inCode(
    'apply in order',
    edit(
      TAKE,
      'for (const n of entriesToApply(table, request.applied)) {',
      'for (const n of entriesToApply(table, request.applied).slice(-1)) {',
    ),
  ),
  {
    ...inCode(
      'at least one compared',
      edit(TRIM, "return { kind: 'park', sourceId, reason: 'nothing-to-compare', message };", 'return undefined;'),
    ),
    uncaught: 'matters only where filtered offsets are not remembered: see the pair (as in the model)',
  },
  under(
    'sleepers',
    inCode('bound above deadline', edit(SWEEP, '> LIMITS.sweepInFlightMs && OURS', '> LIMITS.sweepInFlightMs / 5 && OURS')),
    39,
  ),
  inCode(
    'checkpoint from own fold',
    edit(
      CHECKPOINT,
      'withoutOldClasses(request, { ...state, decided })',
      'withoutOldClasses(request, { ...state, decided, sources: new Map([...state.sources].map(([id, one]) => [id, { ...one, partitions: new Map([...one.partitions].slice(1)) }])) })',
    ),
  ),
  {
    ...inCode(
      'checkpoint names decided descriptors',
      edit(CHECKPOINT, 'new Map([...state.decided].filter(([id]) => request.staged.has(id)))', 'new Map<string, number>()'),
    ),
    seed: 2,
  },
  under(
    'sleepers',
    inCode(
      'committer deadline',
      edit(APPLY, 'deadline.check(`commit of entries', 'void (`commit of entries'),
      edit(CREATE, 'deadline.check(`creation of ledger entry', 'void (`creation of ledger entry'),
    ),
    14,
  ),
  { ...inCode('covered by created entries', edit(DECIDE, 'if (!isCoveredBy(request.ledger.state, descriptor)) break;', '')), seed: 1 },
  under(
    'expiry',
    inCode(
      'cut chain uses evidence',
      edit(IDENTITY, 'if (await hasLiveFileOf({ metadata, files: request.ports.files }, tagged)) return', 'if (!tagged) return'),
    ),
    2,
  ),
  { ...inCode('decided is not covered', edit(CANDIDATES, 'listed.filter(({ id }) => !state.decided.has(id));', 'listed;')), seed: 1 },
  {
    ...inCode('delivered absent parks', edit(TRIM, 'if (undead)\n', 'if (undead && undead[0] < 0)\n')),
    uncaught: 'the resolver checks the topic first: see the pair (as in the model)',
  },
  { ...inCode('descriptor waits for all', edit(COMMIT, '!waiting.has(n) && staged.has(id)', 'staged.has(id)')), seed: 2 },
  inCode('entries wait for tables', edit(CHECKPOINT, 'if (!held.has(n)) collected.push(uri);', 'collected.push(uri);')),
  under(
    'filtered',
    inCode(
      'filtered remembered',
      edit(
        'src/ledger/fold.ts',
        'rememberRuns(target.filteredRuns, timestamps.filteredTimestamps, countMax)',
        'rememberRuns([], [], countMax)',
      ),
    ),
    1,
  ),
  {
    ...inCode('gap means reload', edit(LEDGER, 'if (numbers.some((n, i) => n !== checkpoint + 1 + i)) return undefined;', '')),
    uncaught: 'a gap is not seen while the history period counts from the checkpoint (the model needs both removed)',
  },
  inStandIn('generation inherits'),
  under('history', inCode('history counts from the checkpoint', ...COUNTED_FROM_ENTRIES)),
  inCode('history period', edit(CHECKPOINT, 'now - lastModifiedMs > LIMITS.ledgerHistoryMs', 'now - lastModifiedMs >= 0')),
  inCode(
    'missing file parks',
    edit(
      MATERIALISE,
      "if (!bytes) return { kind: 'park', reason: 'file-missing'",
      "if (!bytes) return { kind: 'files', files: [] };\n  if (!bytes) return { kind: 'park', reason: 'file-missing'",
    ),
  ),
  under(
    'orphans',
    inCode(
      'old files copied before commit',
      edit(MATERIALISE, 'if (!needsRewrite && ageMs < LIMITS.fileCopyAgeMs && (await', 'if (!needsRewrite && (await'),
    ),
    7,
  ),
  {
    ...inCode(
      'old schema rewritten',
      edit(MATERIALISE, 'const isCurrent = table.schemaHash', "const isCurrent = table.schemaHash !== '' || table.schemaHash"),
    ),
    seed: 2,
  },
  inCode(
    'parked table alone stops',
    edit(
      COMMIT,
      'let error: FirnError | undefined;\n',
      "let error: FirnError | undefined;\n  if ([...pass.ledger.state.tables.values()].some(({ parked }) => parked)) return { kind: 'applied' };\n",
    ),
  ),
  inCode(
    'partial overlap compared',
    edit(
      TRIM,
      'const comparable = subtractRanges(dropped, known.declared);',
      'const comparable = countOffsets(records) > countOffsets(dropped) ? [] : subtractRanges(dropped, known.declared);',
    ),
  ),
  inCode(
    'quarantine decided with the rest',
    edit(
      TRIM,
      'tables: descriptor.tables.map((table)',
      "tables: descriptor.tables.filter(({ table }) => !table.endsWith('__quarantine')).map((table)",
    ),
  ),
  under(
    'history',
    inCode(
      'recompute after conflict',
      edit(
        APPLY,
        'const loaded = await loadTable(ports, identifierOf(table.table));',
        'const fresh = await loadTable(ports, identifierOf(table.table));\n  const stale = progress.attempts > 0 && fresh ? (request as { stale?: typeof fresh }).stale : undefined;\n  const loaded = stale && fresh ? { pointer: fresh.pointer, metadata: stale.metadata } : fresh;\n  (request as { stale?: typeof fresh }).stale = loaded;',
      ),
    ),
  ),
  {
    ...under('topic', inStandIn('resolver checks the topic')),
    uncaught: 'a late record at an offset proven absent parks the source: see the pair (as in the model)',
  },
  inCode(
    'rollback detected',
    edit(IDENTITY, 'return checkTag(request, applied);', "return { kind: 'ours', applied };"),
    edit(IDENTITY, 'if (applied < table.floor)', 'if (applied < 0)'),
  ),
  {
    ...inCode('rows with applied', edit(TAKE, 'files.push(...made.files);', 'if (files.length === 0) files.push(...made.files);')),
    seed: 1,
  },
  under(
    'sleepers',
    inCode(
      'stager deadline',
      edit(LAND, "deadline.check('creation of the descriptor');", "void (deadline, 'creation of the descriptor');"),
    ),
    17,
  ),
  inCode('sweep honours descriptors', edit(SWEEP, 'for (const path of await stagedPaths(request)) held.add(nameOf(path));', '')),
  under(
    'redrive',
    inCode('sweep honours entries', edit(SWEEP, 'for (const path of await unappliedPaths(request)) held.add(nameOf(path));', '')),
  ),
  inCode(
    'sweep loads metadata last',
    edit(
      SWEEP,
      'const copied = await keepFiles(request);',
      'const early = await liveNames(ports.files, before.loaded);\n    const copied = await keepFiles(request);',
    ),
    edit(SWEEP, 'const live = await liveNames(ports.files, now.loaded);', 'const live = early;'),
  ),
  inCode(
    'tag moves',
    edit(APPLY, 'tag: { name: APPLIED_TAG },', '...(given.loaded.metadata.refs?.[APPLIED_TAG] ? {} : { tag: { name: APPLIED_TAG } }),'),
  ),
  inCode(
    'timestamps compared',
    edit(
      TRIM,
      "case 'disagree':\n      return parkSource(",
      "case 'disagree':\n      if (comparable.length > 0) return undefined;\n      return parkSource(",
    ),
  ),
  inCode(
    'trim',
    edit(
      TRIM,
      'if (intersectRanges(deliveredOf(classes), covered).length === 0) return classes;',
      'if (covered.length >= 0) return classes;',
    ),
  ),
  inCode(
    'trim against the ledger read',
    edit(COMMIT, 'after: ledger.state.n });', 'after: Math.max(ledger.state.n, (await loadLedger({ ports, contractName })).state.n) });'),
    edit(COMMIT, 'foldEntry(ledger.state, entry);', 'ledger.state.n = entry.n - 1;\n  foldEntry(ledger.state, entry);'),
  ),
  inCode(
    'trim inside one entry',
    edit(DECIDE, 'foldDecided(work, { n: work.n + 1, atMs: request.ports.clock.nowMs() }, result.decided);', ''),
  ),
  inCode(
    'trimmed files rewritten',
    edit(MATERIALISE, "const needsRewrite = file.keep !== 'all' || !isCurrent", 'const needsRewrite = !isCurrent'),
  ),
  inCode(
    'unique file names',
    edit('src/jobs/write-rows.ts', 'const uuid = ports.ids.uuid();', "const uuid = '00000000-0000-4000-a000-000000000000';"),
  ),
  inCode(
    'unknown deletes nothing',
    edit(
      APPLY,
      'throw new CommitStateUnknownError(',
      "if (applied > 0) return { kind: 'conflict' };\n      throw new CommitStateUnknownError(",
    ),
  ),
  {
    ...inCode('unknown entry is retried', edit(CREATE, "if (outcome === 'exists') return undefined;", 'return undefined;')),
    uncaught: 'no safety rule: it is enough to read the ledger again (the model does not catch it either)',
  },
  inStandIn('unverified is not absent'),
  inCode(
    'uuid checked',
    edit(IDENTITY, 'if (table.uuid !== undefined && uuid !== table.uuid) {', 'if (uuid === "") {'),
    edit(MATERIALISE, "if (table.tableUuid !== metadata['table-uuid']) {", "if (table.tableUuid === '') {"),
  ),
  {
    rule: 'filtered remembered + at least one compared',
    focus: 'filtered',
    edits: [
      edit(
        'src/ledger/fold.ts',
        'rememberRuns(target.filteredRuns, timestamps.filteredTimestamps, countMax)',
        'rememberRuns([], [], countMax)',
      ),
      edit(TRIM, "return { kind: 'park', sourceId, reason: 'nothing-to-compare', message };", 'return undefined;'),
    ],
  },
  {
    rule: 'history counts from the checkpoint + gap means reload',
    focus: 'history',
    edits: [...COUNTED_FROM_ENTRIES, edit(LEDGER, 'if (numbers.some((n, i) => n !== checkpoint + 1 + i)) return undefined;', '')],
  },
  {
    rule: 'resolver checks the topic + delivered absent parks',
    focus: 'topic',
    standIns: ['resolver checks the topic'],
    edits: [edit(TRIM, 'if (undead)\n', 'if (undead && undead[0] < 0)\n')],
  },
  under(
    'compaction',
    inCode(
      'compaction sees new deletes',
      edit(
        OPERATIONS,
        "removed.length === 0 ? [] : [{ kind: 'no-deletes-for', files: removed, allowsEquality: dataSequenceNumber !== undefined }];",
        '[];\n  void removed;',
      ),
    ),
    36,
  ),
  {
    ...under(
      'expiry',
      inCode(
        'expiry keeps the path to the tag',
        edit(EXPIRE, 'return request.pathTags ?? [APPLIED_TAG];', 'return request.pathTags ?? [];'),
      ),
    ),
    uncaught: 'a live file of the tagged snapshot proves descent: see the pair (the model does not catch it either)',
  },
  under('recreate', inStandIn('glue reads uuid before update')),
  under(
    'redrive',
    inCode(
      'redrive checks its basis',
      edit(REDRIVE, 'if (!isStill) return undefined;', ''),
      edit(REDRIVE, 'if (entry && touches(entry, moved)) return undefined;', 'if (entry && touches(entry, [])) return undefined;'),
    ),
    15,
  ),
  under(
    'redrive',
    inCode(
      'redrive recorded',
      edit(
        REDRIVE,
        "return { kind: 'redrive', plan, sources, tables, holds, gone: [] };",
        "return { kind: 'redrive', plan, sources: [], tables, holds, gone: [] };",
      ),
    ),
    1,
  ),
  under(
    'compaction',
    inCode(
      'sequence numbers kept',
      edit(
        OPERATIONS,
        "return prepareSnapshot({ ...request, operation: 'replace',",
        "return prepareSnapshot({ ...request, dataSequenceNumber: undefined as never, operation: 'replace',",
      ),
    ),
  ),
  {
    rule: 'expiry keeps the path to the tag + cut chain uses evidence',
    focus: 'expiry',
    edits: [
      edit(EXPIRE, 'return request.pathTags ?? [APPLIED_TAG];', 'return request.pathTags ?? [];'),
      edit(IDENTITY, 'if (await hasLiveFileOf({ metadata, files: request.ports.files }, tagged)) return', 'if (!tagged) return'),
    ],
  },
];
