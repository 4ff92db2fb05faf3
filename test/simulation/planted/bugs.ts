// The protocol's named rules, and how each is removed from the real code: by replacing one anchored piece of a source file or more.
// Schedules catch it, the first few of all or of a class, or a scenario of its own.

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
  readonly edits: readonly Edit[];
  /** The schedules that reach what the rule is for; all of them when left out. */
  readonly focus?: Focus;
  /** Played instead of schedules, which reach what the rule is for too rarely: the scenario of this name (`scenarios.ts`). */
  readonly isScenario?: boolean;
}

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });
const inCode = (rule: string, ...edits: Edit[]): PlantedBug => ({ rule, edits });
const inScenario = (rule: string, ...edits: Edit[]): PlantedBug => ({ rule, edits, isScenario: true });
const under = (focus: Focus, bug: PlantedBug): PlantedBug => ({ ...bug, focus });

const APPLY = 'src/jobs/apply.ts';
const ASK = 'src/jobs/ask-gaps.ts';
const CHECKPOINT = 'src/jobs/checkpoint-ledger.ts';
const COMMIT = 'src/jobs/commit-contract.ts';
const COMPARE = 'src/ledger/compare.ts';
const CREATE = 'src/jobs/create-entry.ts';
const DECIDE = 'src/jobs/decide.ts';
const EXPIRE = 'src/iceberg/expire.ts';
const FOLD = 'src/ledger/fold.ts';
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

/** Kafka's answer about a gap counts, whatever its timestamps beside it say. */
const ANOTHER_TOPIC = edit(ASK, 'if (found !== undefined && found !== timestampMs) return', 'if (found !== undefined && found < 0) return');

export const PLANTED_BUGS: readonly PlantedBug[] = [
  inScenario('412 reads the id', edit(CREATE, '.id === entry.id ? entry : undefined', '.id === entry.id ? entry : entry')),
  inCode(
    'acknowledge after descriptor',
    edit(LAND, "if ((await ports.files.create(uri, bytes)) !== 'unknown') return;", 'await ports.files.create(uri, bytes);\n      return;'),
  ),
  inScenario(
    'all descriptors of a list',
    edit(
      DECIDE,
      'for (const descriptor of descriptors) {\n    // Rows',
      'for (const descriptor of descriptors.slice(0, 1)) {\n    // Rows',
    ),
  ),
  inCode(
    'apply in order',
    edit(
      TAKE,
      'for (const n of entriesToApply(table, request.applied)) {',
      'for (const n of entriesToApply(table, request.applied).slice(-1)) {',
    ),
  ),
  inScenario(
    'at least one compared',
    edit(TRIM, "return { kind: 'park', sourceId, reason: 'nothing-to-compare', message };", 'return undefined;'),
  ),
  inScenario('bound above deadline', edit(SWEEP, '> LIMITS.sweepInFlightMs && OURS', '> LIMITS.sweepInFlightMs / 5 && OURS')),
  inCode(
    'checkpoint from own fold',
    edit(
      CHECKPOINT,
      'withoutOldClasses(request, { ...state, decided })',
      'withoutOldClasses(request, { ...state, decided, sources: new Map([...state.sources].map(([id, one]) => [id, { ...one, partitions: new Map([...one.partitions].slice(1)) }])) })',
    ),
  ),
  inCode(
    'checkpoint names decided descriptors',
    edit(CHECKPOINT, 'new Map([...state.decided].filter(([id]) => request.staged.has(id)))', 'new Map<string, number>()'),
  ),
  inScenario(
    'committer deadline',
    edit(APPLY, 'deadline.check(`commit of entries', 'void (`commit of entries'),
    edit(CREATE, 'deadline.check(`creation of ledger entry', 'void (`creation of ledger entry'),
  ),
  inScenario(
    'collects what it has seen',
    edit(CHECKPOINT, 'old ? Math.min(numberOf(old.uri)!, state.n) : 0', 'old ? numberOf(old.uri)! : 0'),
  ),
  inCode('covered by created entries', edit(DECIDE, 'if (!isCoveredBy(request.ledger.state, descriptor)) break;', '')),
  under(
    'expiry',
    inCode(
      'cut chain uses evidence',
      edit(IDENTITY, 'if (await hasLiveFileOf({ metadata, files: request.ports.files }, tagged)) return', 'if (!tagged) return'),
    ),
  ),
  inCode('decided is not covered', edit(CANDIDATES, 'listed.filter(({ id }) => !state.decided.has(id));', 'listed;')),
  inScenario('delivered absent parks', edit(TRIM, 'if (undead)\n', 'if (undead && undead[0] < 0)\n')),
  inCode('descriptor waits for all', edit(COMMIT, '!waiting.has(n) && staged.has(id)', 'staged.has(id)')),
  inScenario('entries wait for tables', edit(CHECKPOINT, 'if (!held.has(n)) collected.push(uri);', 'collected.push(uri);')),
  under(
    'filtered',
    inCode(
      'filtered remembered',
      edit(FOLD, 'rememberRuns(target.filteredRuns, timestamps.filteredTimestamps, countMax)', 'rememberRuns([], [], countMax)'),
    ),
  ),
  inScenario('gap means reload', edit(LEDGER, 'if (gap !== -1) return paths.entry(checkpoint + 1 + gap);', '')),
  inScenario(
    'generation inherits',
    edit(FOLD, 'for (const inherited of source.inherited ?? []) {', 'for (const inherited of (source.inherited ?? []).slice(0, 0)) {'),
  ),
  inScenario(
    'late records compared by content',
    edit(
      'src/ledger/match-contents.ts',
      '|| a.contents[i]! - b.contents[j]! || a.contents2[i]! - b.contents2[j]!',
      '|| a.contents[i]! * 0',
    ),
  ),
  inScenario(
    'landed row covers one late record',
    edit('src/jobs/plan-late-generation.ts', 'before: own ? inheritedBounds(own) : [] }', 'before: own ? [] : [] }'),
  ),
  inScenario(
    'span outlives remembered timestamps',
    edit(
      FOLD,
      'growSpan(target.spanMs, timestamps)',
      'growSpan(undefined, { edges: target.remembered, filteredTimestamps: target.filteredRuns })',
    ),
  ),
  inScenario('history counts from the checkpoint', ...COUNTED_FROM_ENTRIES),
  inScenario('history period', edit(CHECKPOINT, 'now - lastModifiedMs > LIMITS.ledgerHistoryMs', 'now - lastModifiedMs >= 0')),
  inScenario(
    'missing file parks',
    edit(
      MATERIALISE,
      "if (!bytes) return { kind: 'park', reason: 'file-missing'",
      "if (!bytes) return { kind: 'files', files: [] };\n  if (!bytes) return { kind: 'park', reason: 'file-missing'",
    ),
  ),
  inScenario(
    'old files copied before commit',
    edit(MATERIALISE, 'if (!needsRewrite && ageMs < LIMITS.fileCopyAgeMs && (await', 'if (!needsRewrite && (await'),
  ),
  inCode(
    'old schema rewritten',
    edit(MATERIALISE, 'const isCurrent = table.schemaHash', "const isCurrent = table.schemaHash !== '' || table.schemaHash"),
  ),
  inScenario(
    'parked table alone stops',
    edit(
      COMMIT,
      'let error: FirnError | undefined;\n',
      "let error: FirnError | undefined;\n  if ([...pass.ledger.state.tables.values()].some(({ parked }) => parked)) return { kind: 'applied' };\n",
    ),
  ),
  inScenario(
    'each landing compared',
    edit(COMPARE, 'const unknown = subtractRanges(rowlessOf(known), ', 'const unknown = subtractRanges(offsets, '),
  ),
  inScenario(
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
  inScenario(
    'recompute after conflict',
    edit(
      APPLY,
      'const loaded = await loadTable(ports, identifierOf(table.table));',
      'const fresh = await loadTable(ports, identifierOf(table.table));\n  const stale = progress.attempts > 0 && fresh ? (request as { stale?: typeof fresh }).stale : undefined;\n  const loaded = stale && fresh ? { pointer: fresh.pointer, metadata: stale.metadata } : fresh;\n  (request as { stale?: typeof fresh }).stale = loaded;',
    ),
  ),
  inScenario('resolver checks the topic', ANOTHER_TOPIC),
  inScenario(
    'rollback detected',
    edit(IDENTITY, 'return checkTag(request, applied);', "return { kind: 'ours', applied };"),
    edit(IDENTITY, 'if (applied < table.floor)', 'if (applied < 0)'),
  ),
  inCode('rows with applied', edit(TAKE, 'files.push(...made.files);', 'if (files.length === 0) files.push(...made.files);')),
  inScenario(
    'stager deadline',
    edit(LAND, "deadline.check('creation of the descriptor');", "void (deadline, 'creation of the descriptor');"),
  ),
  inScenario('sweep honours descriptors', edit(SWEEP, 'for (const path of await stagedPaths(request)) held.add(nameOf(path));', '')),
  inScenario('sweep honours entries', edit(SWEEP, 'for (const path of await unappliedPaths(request)) held.add(nameOf(path));', '')),
  inScenario(
    'sweep loads metadata last',
    edit(
      SWEEP,
      'const copied = await keepFiles(request);',
      'const early = await liveNames(ports.files, before.loaded);\n    const copied = await keepFiles(request);',
    ),
    edit(SWEEP, 'const live = await liveNames(ports.files, now.loaded);', 'const live = early;'),
  ),
  inScenario(
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
  inScenario(
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
  inScenario(
    'unknown deletes nothing',
    edit(
      APPLY,
      'throw new CommitStateUnknownError(',
      "if (applied > 0) return { kind: 'conflict' };\n      throw new CommitStateUnknownError(",
    ),
  ),
  inScenario('unknown entry is retried', edit(CREATE, "if (outcome === 'exists') return undefined;", 'return undefined;')),
  inScenario(
    'unverified is not absent',
    edit(ASK, 'answers.records.push(...found);', ''),
    edit(ASK, 'found.map(({ kafkaOffset }) => [kafkaOffset, kafkaOffset + 1]),', '[],'),
  ),
  inScenario(
    'uuid checked',
    edit(IDENTITY, 'if (table.uuid !== undefined && uuid !== table.uuid) {', 'if (uuid === "") {'),
    edit(MATERIALISE, "if (table.tableUuid !== metadata['table-uuid']) {", "if (table.tableUuid === '') {"),
  ),
  {
    rule: 'filtered remembered + at least one compared',
    isScenario: true,
    edits: [
      edit(FOLD, 'rememberRuns(target.filteredRuns, timestamps.filteredTimestamps, countMax)', 'rememberRuns([], [], countMax)'),
      edit(TRIM, "return { kind: 'park', sourceId, reason: 'nothing-to-compare', message };", 'return undefined;'),
    ],
  },
  {
    rule: 'history counts from the checkpoint + gap means reload',
    isScenario: true,
    edits: [...COUNTED_FROM_ENTRIES, edit(LEDGER, 'if (gap !== -1) return paths.entry(checkpoint + 1 + gap);', '')],
  },
  inScenario(
    'resolver checks the topic + delivered absent parks',
    ANOTHER_TOPIC,
    edit(TRIM, 'if (undead)\n', 'if (undead && undead[0] < 0)\n'),
  ),
  inScenario(
    'compaction sees new deletes',
    edit(
      OPERATIONS,
      "removed.length === 0 ? [] : [{ kind: 'no-deletes-for', files: removed, allowsEquality: dataSequenceNumber !== undefined }];",
      '[];\n  void removed;',
    ),
  ),
  inScenario(
    'expiry keeps the path to the tag',
    edit(EXPIRE, 'return request.pathTags ?? [APPLIED_TAG];', 'return request.pathTags ?? [];'),
  ),
  inScenario(
    'glue reads uuid before update',
    edit('test/support/memory/world.ts', ' || row.metadataLocation !== base.metadataLocation', ''),
  ),
  inScenario(
    'redrive checks its basis',
    edit(REDRIVE, 'if (!isStill) return undefined;', ''),
    edit(REDRIVE, 'if (entry && touches(entry, moved)) return undefined;', 'if (entry && touches(entry, [])) return undefined;'),
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
  ),
  inScenario(
    'sequence numbers kept',
    edit(
      OPERATIONS,
      "return prepareSnapshot({ ...request, operation: 'replace',",
      "return prepareSnapshot({ ...request, dataSequenceNumber: undefined as never, operation: 'replace',",
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
