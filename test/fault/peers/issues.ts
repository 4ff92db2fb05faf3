// Public failures of other Kafka-to-Iceberg paths: what happened there, which test plays it here, and what Firn does. The tests are in
// this folder; the fault report prints this list.

export interface PeerIssue {
  /** In apache/iceberg. */
  readonly issue: number;
  readonly happened: string;
  /** Name of the test, as it is declared. */
  readonly test: string;
  readonly firn: string;
}

export const PEER_ISSUES: readonly PeerIssue[] = [
  {
    issue: 17340,
    happened:
      'restarted tasks read the control topic again and committed the same data files in two consecutive commits: 149 files, 111,927 duplicate rows',
    test: 'a descriptor that comes back after it was decided and deleted brings no file a second time (#17340)',
    firn: 'the ledger names every decided descriptor until it is known deleted, and its offsets are covered: what comes back is dropped as a duplicate',
  },
  {
    issue: 16282,
    happened:
      'a coordinator committed and died before it advanced its own offset; the next one registered the same file in another snapshot',
    test: 'a committer that dies between its commit and everything after it is followed by one that adds nothing (#16282)',
    firn: 'the table carries the entry it has reached in the same commit as the rows, so the next committer begins after it',
  },
  {
    issue: 17637,
    happened: 'one rebalance left two coordinators alive, both committing',
    test: 'two committers at once commit each file once, whoever wins (#17637)',
    firn: 'no committer is special: an entry is created once, a table moves by compare-and-swap, the loser recomputes',
  },
  {
    issue: 14425,
    happened: 'the first commit request was still running at the server while recovery committed again',
    test: 'a commit that takes effect after recovery has committed again is refused by the swap (#14425)',
    firn: 'recovery looks at firn.applied; the late request fails its compare-and-swap, its files are no data files',
  },
  {
    issue: 15710,
    happened: 'a late data-written event of one cycle was merged into the next one',
    test: 'a descriptor that becomes visible after its records were landed again adds nothing (#15710)',
    firn: 'offsets, not cycles, decide: the late descriptor is trimmed against the coverage',
  },
  {
    issue: 17551,
    happened: 'a zombie coordinator wrote its old control-topic offset last; retention had removed what followed: data lost',
    test: 'a committer that slept through everything writes nothing when it wakes, and nothing is lost (#17551)',
    firn: 'every write is behind a deadline; entries are numbered and never overwritten; the history period outlasts any sleeper',
  },
  {
    issue: 13752,
    happened: 'records were dropped when Glue threw',
    test: 'a catalog that throws for a while delays rows and loses none (#13752)',
    firn: 'nothing is acknowledged by a commit: descriptors stay until every table has applied them',
  },
  {
    issue: 16237,
    happened: 'the task stayed RUNNING while it dropped in-flight data on a Glue conflict',
    test: 'others that win every time make the commit fail loudly, and the next one lands everything (#16237)',
    firn: 'a conflict is recomputed from fresh metadata, bounded, then thrown; the descriptors are still there',
  },
  {
    issue: 7151,
    happened: 'an SDK retry hid a successful update; the cleanup deleted the current metadata file and the table was unreadable',
    test: 'a commit that landed but was reported failed keeps its metadata file, and the table stays readable (#7151)',
    firn: 'commits are never retried by an SDK; what is not recognised is unknown, and an unknown outcome deletes nothing',
  },
  {
    issue: 15293,
    happened: 'after a consumer-group offset reset the sink committed to zero tables for ever',
    test: 'an offset reset to the beginning adds nothing twice and does not stop what is new (#15293)',
    firn: 'group offsets decide nothing; the ledger knows what is covered, so a reset costs reading and nothing else',
  },
  {
    issue: 18006,
    happened: 'the dedupe marker was lost when snapshots expired or other writers committed',
    test: 'other writers and the expiry of our snapshots do not make a redelivery land twice (#18006)',
    firn: 'what has landed is in the ledger and in a table property, not in a snapshot summary',
  },
  {
    issue: 11796,
    happened: 'at an interval of ten seconds one commit in four was delayed for several cycles',
    test: 'every commit makes visible all that was staged before it (#11796)',
    firn: 'a committer lists what is staged; there is no cycle to miss',
  },
];
