// System errors → the closed set of errors. What a person must change (permission, a full or read-only disk, a path that cannot
// be) is CommitRefusedError with the remedy; everything else may pass and is TransientIoError.
import { CommitRefusedError, FirnError, TransientIoError } from '../errors.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; give this user write access or choose another --warehouse',
  EPERM: 'operation not permitted; give this user write access or choose another --warehouse',
  EROFS: 'the file system is read-only; choose a --warehouse that can be written',
  ENOSPC: 'no space left on the disk; free some space and run again, nothing that was acknowledged is lost',
  EDQUOT: 'the disk quota is used up; free some space and run again',
  EFBIG: 'the file would be larger than the file system or ulimit allows',
  ENOTDIR: 'a part of the path is a file, not a directory; choose another --warehouse',
  ENAMETOOLONG: 'the name is longer than the file system allows; use shorter names',
  ELOOP: 'too many symbolic links in the path',
  ENOTSUP: 'the file system has no hard links, without which a file cannot be published atomically; use a local disk',
  EOPNOTSUPP: 'the file system has no hard links, without which a file cannot be published atomically; use a local disk',
  ENOSYS: 'the file system lacks an operation that is needed; use a local disk',
  EMLINK: 'the file system allows no further hard link; use a local disk',
};

/** The error to throw for a system error on `path`; errors of ours pass through. */
export function ioError(error: unknown, step: string, path: string): FirnError {
  if (error instanceof FirnError) return error;
  const code = systemCode(error);
  const remedy = REMEDIES[code];
  const options = { code: `io-${code.toLowerCase() || 'unknown'}`, details: { file: path }, cause: error };
  if (remedy !== undefined) return new CommitRefusedError(`cannot ${step} ${path}: ${remedy} (${code})`, options);
  return new TransientIoError(`cannot ${step} ${path}: ${code || String(error)}; run again`, options);
}

/** `ENOENT` and the like; '' for anything that is no system error. */
export function systemCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/** Errors that say: there is no such object. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG'].includes(systemCode(error));
}

/** Errors that pass by themselves. */
export function isPassing(error: unknown): boolean {
  return ['EAGAIN', 'EBUSY', 'EINTR', 'EMFILE', 'ENFILE', 'EIO', 'ESTALE', 'ETIMEDOUT'].includes(systemCode(error));
}
