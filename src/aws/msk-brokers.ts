// The brokers of an Amazon MSK cluster for one kind of login. Source: Amazon MSK API reference, GetBootstrapBrokers; brokers behind a
// managed VPC connection have names of their own.
import { GetBootstrapBrokersCommand, type GetBootstrapBrokersResponse, type KafkaClient } from '@aws-sdk/client-kafka';
import { InputRefusedError, TransientIoError } from '../errors.ts';
import { failureOf, failureText } from './errors.ts';
import { makeMskClient } from './msk-client.ts';

export interface MskPlace {
  readonly clusterArn: string;
  readonly authentication: string;
  readonly isVpcConnection: boolean;
}

export interface MskBrokers {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  /** A cluster that anybody may enter, and without encryption alone. */
  readonly isPlaintext: boolean;
}

/** Reads alone, so the SDK may retry. Throws InputRefusedError when the cluster has no brokers for this login. */
export async function findMskBrokers(place: MskPlace, client: Pick<KafkaClient, 'send'> = makeMskClient()): Promise<MskBrokers> {
  let answer: GetBootstrapBrokersResponse;
  try {
    answer = await client.send(new GetBootstrapBrokersCommand({ ClusterArn: place.clusterArn }));
  } catch (cause) {
    const failure = failureOf(cause);
    const message = `Amazon MSK does not say the brokers: got ${failureText(failure)}; check the role and the network of the function`;
    const options = { code: 'kafka-brokers', cause };
    throw failure.kind === 'refused' || failure.kind === 'missing'
      ? new InputRefusedError(message, options)
      : new TransientIoError(message, options);
  }
  const brokers = brokersFor(place, answer);
  if (brokers) return { brokers: brokers.split(','), isPlaintext: brokers === answer.BootstrapBrokerString };
  throw new InputRefusedError(`the cluster has no brokers for ${place.authentication}; check its authentication in firn.config.ts`, {
    code: 'kafka-brokers',
  });
}

function brokersFor({ authentication, isVpcConnection }: MskPlace, answer: GetBootstrapBrokersResponse): string | undefined {
  switch (authentication) {
    case 'iam':
      return isVpcConnection ? answer.BootstrapBrokerStringVpcConnectivitySaslIam : answer.BootstrapBrokerStringSaslIam;
    case 'scram-512':
      return isVpcConnection ? answer.BootstrapBrokerStringVpcConnectivitySaslScram : answer.BootstrapBrokerStringSaslScram;
    case 'client-certificate':
      return isVpcConnection ? answer.BootstrapBrokerStringVpcConnectivityTls : answer.BootstrapBrokerStringTls;
    default:
      return answer.BootstrapBrokerStringTls ?? answer.BootstrapBrokerString;
  }
}
