// Names of the error classes as wire values: Step Functions matches on them, so they are constants shared with infra.

export const ERROR_NAMES = {
  contract: 'ContractError',
  commitConflict: 'CommitConflictError',
  commitRefused: 'CommitRefusedError',
  commitStateUnknown: 'CommitStateUnknownError',
  transientIo: 'TransientIoError',
  inputRefused: 'InputRefusedError',
  deadline: 'DeadlineError',
  invariant: 'InvariantError',
} as const;

export type ErrorName = (typeof ERROR_NAMES)[keyof typeof ERROR_NAMES];
