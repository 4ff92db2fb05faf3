// Findings that are no secrets, by fingerprint, each with its reason. A value is allowed wherever it stands, because it is the value
// that is harmless; anything else in the same file is still found. `npm run -s secrets` prints the fingerprint of a finding.

export const ALLOWED: ReadonlyMap<string, string> = new Map([
  ['bbad83c25255b306', 'a password made up for the test that options of a login reach the client'],
  ['e8a0614b6747a06f', 'the example key of AWS’s own documentation of request signatures'],
]);
