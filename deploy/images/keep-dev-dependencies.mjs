// Leaves in package.json only the named development dependencies of the repository, and not the Node.js that npm scripts run on:
//   node keep-dev-dependencies.mjs [name …]
// An image needs at most the compiler. And `npm ci` refuses a lockfile that lacks packages of other platforms, as some registries make
// them; only development tools have such packages, so that without them it is as strict as it should be.
import { readFileSync, writeFileSync } from 'node:fs';

const wanted = process.argv.slice(2);
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const missing = wanted.filter((name) => !Object.hasOwn(manifest.devDependencies, name));
if (missing.length > 0) throw new Error(`package.json has no development dependency ${missing.join(', ')}`);
manifest.devDependencies = Object.fromEntries(wanted.map((name) => [name, manifest.devDependencies[name]]));
delete manifest.optionalDependencies;
writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
