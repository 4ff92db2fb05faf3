// `s3://bucket/key` ↔ bucket and key. Iceberg writes keys raw, not percent-encoded (S3FileIO's S3URI), so nothing is decoded.
import { InvariantError } from '../errors.ts';

export interface S3Place {
  readonly bucket: string;
  readonly key: string;
}

/** Splits a location; a prefix may have an empty key. Other schemes are a bug of the caller. */
export function parseS3Uri(uri: string): S3Place {
  const match = /^s3:\/\/([^/]+)(?:\/([\s\S]*))?$/.exec(uri);
  if (!match) {
    throw new InvariantError(`invariant broken: expected an s3://bucket/key location, got ${uri.slice(0, 200)}`, {
      code: 'not-an-s3-uri',
      details: { uri },
    });
  }
  return { bucket: match[1]!, key: match[2] ?? '' };
}

export function s3Uri(place: S3Place): string {
  return `s3://${place.bucket}/${place.key}`;
}
