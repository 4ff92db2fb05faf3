// A login for Amazon MSK with IAM: a signed URL that lives fifteen minutes, as an OAUTHBEARER token. Credentials are those of AWS's
// default chain. Source: Amazon MSK developer guide, "IAM access control".
import { InputRefusedError } from '../errors.ts';

/** A fresh token. Throws InputRefusedError when there are no AWS credentials. */
export async function mskToken(region: string): Promise<string> {
  const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
  try {
    return (await generateAuthToken({ region })).token;
  } catch (cause) {
    throw new InputRefusedError(
      `cannot sign a login for MSK in ${region}: no usable AWS credentials in the default chain; set a profile or role`,
      {
        code: 'kafka-login',
        cause,
      },
    );
  }
}
