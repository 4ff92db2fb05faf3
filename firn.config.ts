// What `npm run synth` and `cdk deploy` deploy. Put your own cluster's ARN here; everything else has a default (infra/config.ts).
import type { FirnConfig } from './infra/config.ts';

const config: FirnConfig = {
  environment: 'dev',
  kafka: {
    kind: 'msk',
    clusterArn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/example/0a1b2c3d-1111-2222-3333-444455556666-1',
    authentication: { kind: 'iam' },
  },
};

export default config;
