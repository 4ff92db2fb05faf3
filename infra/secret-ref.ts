// A secret is named, never given: the type takes the ARN of a Secrets Manager secret and nothing else, so that a password in its
// place does not compile; guard-kafka.ts says the same at synthesis to who came without types. Upholds promise 11.

/** ARN of a secret in Secrets Manager; Lambda reads it itself, so its value is in no template and no environment. */
export type SecretRef = `arn:${string}:secretsmanager:${string}:secret:${string}`;

/** Text, perhaps computed, as a SecretRef. Throws, without quoting it, unless it is the ARN of a secret. */
export function secretRef(arn: string): SecretRef {
  if (isSecretRef(arn)) return arn;
  throw new TypeError(
    'expected arn:<partition>:secretsmanager:<region>:<account>:secret:<name>, got something else: a secret is named, never given',
  );
}

/** At most 200 characters: what an event source mapping takes (AWS Lambda API, SourceAccessConfiguration). */
export function isSecretRef(text: unknown): text is SecretRef {
  return (
    typeof text === 'string' &&
    text.length <= 200 &&
    /^arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+$/.test(text)
  );
}
