// Forms of names and ARNs that guards share, each as its service documents it.

export function isTopicArn(text: string): boolean {
  return /^arn:[a-z0-9-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/.test(text);
}

export function isKeyArn(text: string): boolean {
  return /^arn:[a-z0-9-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/.test(text);
}

export function isBucketArn(text: string): boolean {
  return /^arn:[a-z0-9-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text);
}

/** AWS Lambda API, Endpoint. */
export function isBroker(text: string): boolean {
  return (
    text.length <= 300 &&
    /^([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])(\.([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]))*:\d{1,5}$/.test(text)
  );
}
