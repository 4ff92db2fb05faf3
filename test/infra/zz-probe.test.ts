import { it } from 'vitest';
import { deploy } from './support/deployment.ts';
it('x', () => { const d = deploy(); console.log(JSON.stringify(d.dataTemplate.toJSON(),null,1)); console.log(JSON.stringify(d.ingestTemplate.toJSON(),null,1)); });
