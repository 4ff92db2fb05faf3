// The two forms of ARN an MSK event source takes (IAM's service authorization reference, "Amazon MSK"):
// `…:<account>:cluster/<name>/<uuid>` and, to a cluster of another account, `…:<vpc account>:vpc-connection/<cluster account>/<name>/<uuid>`.

const CLUSTER = /^arn:[a-z0-9-]+:kafka:[a-z0-9-]+:\d{12}:cluster\/[^/]+\/[^/]+$/;
const VPC_CONNECTION = /^(arn:[a-z0-9-]+:kafka:[a-z0-9-]+):\d{12}:vpc-connection\/(\d{12})\/([^/]+\/[^/]+)$/;

export function isMskArn(arn: string): boolean {
  return CLUSTER.test(arn) || VPC_CONNECTION.test(arn);
}

export function isVpcConnection(arn: string): boolean {
  return VPC_CONNECTION.test(arn);
}

/** The cluster behind a connection: what Kafka's own permissions are about. A cluster's ARN as it is. */
export function clusterArnOf(arn: string): string {
  const [, prefix, account, cluster] = VPC_CONNECTION.exec(arn) ?? [];
  return prefix === undefined ? arn : `${prefix}:${account}:cluster/${cluster}`;
}
