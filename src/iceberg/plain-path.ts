// One spelling for the places writers spell in several ways: `file:///p`, `file:/p` and `/p`; `s3://`, `s3a://` and `s3n://`. For
// comparing alone, never for reading: position deletes and vectors name their data file as their writer spelled it.

/** The same text for the same place. */
export function plainPath(uri: string): string {
  return uri.replace(/^file:(\/\/)?\//, '/').replace(/^s3[an]:\/\//, 's3://');
}
