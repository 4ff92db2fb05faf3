// Forms of secrets this project and its neighbours use, beside the ones secretlint knows: Kafka logins, alert services, database
// URLs, cloud keys, private keys. Each rule says which group of its match is the secret; values that are plainly none
// (placeholders, variables, references to a secret store) are left out in find-secrets.ts.

export interface SecretPattern {
  readonly rule: string;
  /** Global. Group `secret` is the secret itself; without it the whole match. */
  readonly pattern: RegExp;
  /** Also asks for letters and digits mixed as chance mixes them: for rules whose form alone says little. */
  readonly isRandom?: true;
}

/** `key: value`, `key=value`, `"key": "value"`, `key => value`, `KEY: 'value'`. */
const ASSIGNS = String.raw`["'\]]{0,2}\s{0,3}(?:=>|:=|[:=])\s{0,3}["']?`;
/** In quotes, or no call: `password: readSecret(…)` names no secret. */
const VALUE = String.raw`(?:(?<=["'])|(?![A-Za-z_$][\w$.]{0,80}\())(?<secret>[^\s"'\`,;<>(){}\\]{8,200})`;

export const SECRET_PATTERNS: readonly SecretPattern[] = [
  {
    rule: 'private-key',
    pattern:
      /-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----(?<secret>(?:\\n|\s)*[A-Za-z0-9+/=:, -]{16})/g,
  },
  {
    rule: 'sasl-jaas',
    pattern: /LoginModule\s{1,4}required\b[^;]{0,400}?\b(?:password|clientSecret)\s?=\s?\\?["'](?<secret>[^"'\\]{4,200})/g,
  },
  {
    rule: 'kafka-password',
    pattern: new RegExp(
      String.raw`\b(?:sasl\.password|sasl_plain_password|ssl\.(?:keystore|truststore|key)\.password)${ASSIGNS}${VALUE}`,
      'g',
    ),
  },
  {
    rule: 'registry-login',
    pattern: new RegExp(String.raw`\b(?:[a-z.]{0,20}basic\.auth\.user\.info)${ASSIGNS}[^\s:"']{1,80}:(?<secret>[^\s"']{8,200})`, 'g'),
  },
  { rule: 'url-login', pattern: /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s/:@"'`<>{}$]{1,80}:(?<secret>[^\s/:@"'`<>{}$]{3,100})@[A-Za-z0-9[]/g },
  {
    rule: 'jdbc-password',
    pattern: /\bjdbc:[a-z][^\s"'`]{0,300}?[?&;](?:password|pwd|trustStorePassword|keyStorePassword)=(?<secret>[^\s"'`&;]{3,100})/gi,
  },
  {
    rule: 'slack-webhook',
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/(?<secret>[A-Za-z0-9]{6,16}\/[A-Za-z0-9]{6,24}\/[A-Za-z0-9/]{16,64})/g,
  },
  { rule: 'slack-token', pattern: /\bxox[abeprs](?:\.xox[bp])?-(?<secret>[0-9A-Za-z-]{10,200})/g },
  {
    rule: 'pagerduty-key',
    pattern: new RegExp(
      String.raw`\b[\w.-]{0,30}(?:pager[_-]?duty|routing[_-]?key|integration[_-]?key|service[_-]?key)[\w.-]{0,30}${ASSIGNS}(?<secret>[0-9a-fR][0-9a-zA-Z]{31})\b`,
      'gi',
    ),
  },
  { rule: 'pagerduty-token', pattern: /\bToken token=\\?["']?(?<secret>[A-Za-z0-9+_-]{20})\b/g },
  {
    rule: 'opsgenie-key',
    pattern:
      /\b(?:GenieKey\s{1,3}|[\w.-]{0,30}(?:ops[_-]?genie|genie[_-]?key)[\w.-]{0,30}["'\]]{0,2}\s{0,3}[:=]\s{0,3}["']?)(?<secret>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b/gi,
  },
  { rule: 'aws-access-key-id', pattern: /\b(?<secret>(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b/g },
  {
    rule: 'aws-secret-key',
    pattern: new RegExp(
      `(?:aws)?[_.-]?(?:secret[_.-]?(?:access[_.-]?)?key|session[_.-]?token)${ASSIGNS}(?<secret>[A-Za-z0-9/+=]{40,400})(?![A-Za-z0-9/+=])`,
      'gi',
    ),
    isRandom: true,
  },
  { rule: 'google-key', pattern: /\b(?<secret>AIza[0-9A-Za-z_-]{35})(?![0-9A-Za-z_-])/g },
  { rule: 'azure-key', pattern: /\b(?:AccountKey|SharedAccessKey)=(?<secret>[A-Za-z0-9+/]{43,88}={0,2})/g },
  { rule: 'github-token', pattern: /\b(?<secret>gh[opsur]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,90})\b/g },
  { rule: 'gitlab-token', pattern: /\b(?<secret>glpat-[A-Za-z0-9_-]{20,40})\b/g },
  { rule: 'npm-token', pattern: /(?:\b(?<secret>npm_[A-Za-z0-9]{36})\b|_authToken\s?=\s?(?<token>[A-Za-z0-9_-]{20,100}))/g },
  { rule: 'json-web-token', pattern: /\b(?<secret>eyJ[A-Za-z0-9_-]{10,1000}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{20,1000})/g },
  {
    rule: 'bearer-token',
    pattern: /\bauthorization["']?\s{0,3}[:=]\s{0,3}["'`]?(?:Bearer|Basic)\s{1,3}(?<secret>[A-Za-z0-9+/._=-]{16,1000})/gi,
    isRandom: true,
  },
  {
    rule: 'assigned-secret',
    pattern: new RegExp(
      String.raw`\b[\w.-]{0,40}(?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret|private[_-]?key)${ASSIGNS}${VALUE}`,
      'gi',
    ),
    isRandom: true,
  },
];
