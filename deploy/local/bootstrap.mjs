// Entry of the npm scripts. It has no dependencies, because it is what installs them:
//   node deploy/local/bootstrap.mjs <script.ts> [arguments]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { suitsNode } from './node-version.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const stampFile = `${root}node_modules/.ticketing-install`;

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Changes with the lockfile and with what the native modules were built for; those that are needed use Node-API, which all versions have. */
function installStamp() {
  const lockfile = readFileSync(`${root}package-lock.json`);
  return createHash('sha256').update(lockfile).update(process.arch).digest('hex');
}

function isInstalled(stamp) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
}

/** A tree that npm itself just installed by hand is as good as ours: npm writes this file last. */
function isInstalledByHand() {
  const marker = `${root}node_modules/.package-lock.json`;
  if (existsSync(stampFile) || !existsSync(marker)) return false;
  const installed = Object.keys(JSON.parse(readFileSync(marker, 'utf8')).packages);
  const wanted = Object.entries(JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')).packages);
  const present = new Set(installed);
  return wanted.every(([path, entry]) => path === '' || entry.optional || entry.peer || present.has(path));
}

/** Returns what npm printed when it failed, undefined when it worked. */
function npm(args) {
  const result = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    // NODE_ENV=production would leave out what runs the scripts.
    env: { ...process.env, NODE_ENV: 'development' },
  });
  if (result.error) fail(`npm could not be run: ${result.error.message}\nInstall npm (it comes with Node) and try again.`);
  return result.status === 0 ? undefined : `${result.stdout}${result.stderr}`;
}

/**
 * `npm ci` refuses a lockfile that lacks the optional packages of other platforms, which happens where a registry does
 * not serve them. Then `npm install` takes the locked versions of everything else, and changes no file.
 */
function installPackages() {
  process.stdout.write('… installing npm packages (npm ci)\n');
  const started = Date.now();
  const refusal = npm(['ci']);
  const failure = refusal && npm(['install', '--no-save', '--prefer-offline']);
  if (failure)
    fail(`${refusal}\n${failure}\nThe npm packages could not be installed. Check the network and npm's registry setting, then try again.`);
  process.stdout.write(`✓ npm packages installed (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
}

function installDependencies() {
  const stamp = installStamp();
  if (isInstalled(stamp)) return;
  if (!isInstalledByHand()) installPackages();
  writeFileSync(stampFile, stamp);
}

/** The Node.js of the images, where npm has one for this machine. */
function findNode() {
  const installed = `${root}node_modules/.bin/node`;
  return existsSync(installed) ? installed : process.execPath;
}

function runScript(script, args) {
  const child = spawn(findNode(), ['--import', 'tsx', '--conditions=ticketing-source', `${root}${script}`, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  // The terminal and npm may both deliver the same Ctrl-C; the scripts treat a burst of signals as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${script} could not be run: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

const [script, ...args] = process.argv.slice(2);
const { node } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')).engines;
if (!suitsNode(process.version, node)) {
  fail(`Node.js ${process.version} can't run this; install one that is ${node}: https://nodejs.org/en/download`);
}
if (!script) fail('usage: node deploy/local/bootstrap.mjs <script.ts> [arguments]');
installDependencies();
runScript(script, args);
