// What a person does about something that is parked: what happened, why it stopped, which commands lead out. Data, derived from the
// reason alone; docs/runbook has a section for each.
import type { ParkReason } from '../ledger/entries.ts';

export interface RecoveryAdvice {
  readonly what: string;
  readonly why: string;
  /** Command lines, in order; `firn recover plan` changes nothing. */
  readonly commands: readonly string[];
}

const TABLE_ADVICE: Readonly<Partial<Record<ParkReason, Pick<RecoveryAdvice, 'what' | 'why'>>>> = {
  'table-missing': {
    what: 'the catalog does not know the table; its last metadata file is registered again, or, once landing has made it anew, it is rebuilt',
    why: 'a table made anew would lack every row that has landed',
  },
  'table-recreated': {
    what: 'the table was dropped and made again; it is rebuilt from the files of the old one, or taken as it is if it was restored',
    why: 'entries that the old table had applied would be missing in the new one',
  },
  'rolled-back': {
    what: 'the table is brought forward to the newest snapshot after our last commit, or taken as it is with the rows it lacks landed again',
    why: 'rows would be missing, and entries applied twice, if commits went on from an older state',
  },
  'descent-unproven': {
    what: 'the rows of the table are compared with the ledger, and it goes on from its current snapshot',
    why: 'nothing is left in its history that shows whether our last commit is part of it',
  },
  'ledger-mismatch': {
    what: 'the properties of the table are compared with the ledger, and it goes on from its current snapshot',
    why: 'its number of applied entries or its ledger is not what this ledger says',
  },
  'file-missing': {
    what: 'restore the data files that the plan names, or give their rows up, which is counted',
    why: 'somebody deleted a file that holds acknowledged records before it was committed',
  },
  'file-unreadable': {
    what: 'restore the data files that the plan names, or give their rows up, which is counted',
    why: 'a file that holds acknowledged records is not what its entry says',
  },
  'commit-refused': {
    what: 'mend what the message names (permission, validation, encryption), then the table goes on where it stopped',
    why: 'the catalog or the table refuses every commit',
  },
  rule: { what: 'look at the record, then let the table go on', why: 'a rule of the contract asks to stop and ask' },
};

const SOURCE_ADVICE: Pick<RecoveryAdvice, 'what' | 'why'> = {
  what: 'another topic, cluster or file is behind the source: give it a new generation in the contract; or, if it is the same after all, let it go on',
  why: 'its records disagree with what has landed at the same offsets, or nothing shows that they agree',
};

const GENERATION_ADVICE: Pick<RecoveryAdvice, 'what' | 'why'> = {
  what: 'its records are compared with what landed under the other generations; those that landed count as covered; of the others a new one lands those that are new, and what nobody can tell, or an older one delivers late, lands if the plan is made with --accept; --kind unpark in place of --kind generation takes all that comes for new',
  why: 'a mirrored topic holds records that have landed already, at other offsets: they would be in the table twice',
};

/** The way out of a park. */
export function adviceFor(
  contract: string,
  parked: { readonly table?: string; readonly sourceId?: string; readonly reason: ParkReason },
): RecoveryAdvice {
  if (parked.table === undefined) {
    const source = `--source ${parked.sourceId ?? ''}`;
    if (parked.reason === 'generation-unmapped') {
      const commands = [
        `firn recover plan ${contract} --kind generation ${source} --brokers HOST:PORT`,
        `firn recover apply ${contract} PLAN`,
      ];
      return { ...GENERATION_ADVICE, commands };
    }
    const brokers = parked.reason === 'source-identity' ? ' --brokers HOST:PORT' : '';
    return {
      ...SOURCE_ADVICE,
      commands: [`firn recover plan ${contract} --kind unpark ${source}${brokers}`, `firn recover apply ${contract} PLAN`],
    };
  }
  const advice = TABLE_ADVICE[parked.reason] ?? { what: 'the table goes on once its cause is gone', why: 'it asked for a person' };
  return {
    ...advice,
    commands: [
      `firn recover plan ${contract} --kind unpark --table ${parked.table}`,
      `firn recover apply ${contract} PLAN`,
      `firn audit ${contract}`,
    ],
  };
}
