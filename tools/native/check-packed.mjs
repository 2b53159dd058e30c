// @ts-check
/**
 * Packs the agent and all that it needs of this repository, and installs the tarballs in empty folders, as a user of the registry would:
 *
 * 1. without a compiler, where a prebuilt binary fits: it is used;
 * 2. with a compiler, where none fits: it is built;
 * 3. with neither: the install succeeds all the same, says why once, and the agent falls back.
 *
 *     node tools/native/check-packed.mjs     (after npm run build; needs npm's registry or its cache for the other dependencies)
 */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { env, execPath, exit, platform, arch } from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'fluidscope-packed-'));
const SAMPLER = '@fluidscope/nvml-sampler';
/** What npm and a shell need, and no compiler. */
const PLAIN_TOOLS = ['sh', 'env', 'tar', 'gzip', 'uname', 'ldd', 'cat', 'ls', 'dirname', 'basename'];

const folders = foldersByName();
const closure = [...closureOf('@fluidscope/agent')];
console.log(`packing ${closure.length} packages`);
const tarballs = new Map(closure.map((name) => [name, pack(name)]));
const bare = new Map(tarballs).set(SAMPLER, withoutPrebuilt());
const plainPath = pathOfPlainTools();
const failures = [
  check('no compiler, a prebuilt binary fits', tarballs, plainPath, `prebuilds/${platform}-${arch}/`),
  check('a compiler, no prebuilt binary', bare, env['PATH'] ?? '', 'build/Release/'),
  check('neither', bare, plainPath, undefined),
].filter((failure) => failure !== undefined);
rmSync(scratch, { recursive: true });
if (failures.length > 0) console.error(failures.join('\n'));
exit(failures.length > 0 ? 1 : 0);

/** @returns {Map<string, string>} */
function foldersByName() {
  const all = ['packages', 'native', 'apps'].flatMap((place) =>
    readdirSync(join(root, place)).map((name) => join(root, place, name)),
  );
  return new Map(
    all.flatMap((folder) => {
      try {
        return [[manifestOf(folder).name, folder]];
      } catch {
        return [];
      }
    }),
  );
}

/** @param {string} folder */
function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** @param {string} name @param {Set<string>} [seen] @returns {Set<string>} */
function closureOf(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const { dependencies = {} } = manifestOf(folders.get(name) ?? '');
  for (const each of Object.keys(dependencies)) if (folders.has(each)) closureOf(each, seen);
  return seen;
}

/** @param {string} name @returns {string} the tarball */
function pack(name) {
  const cwd = folders.get(name) ?? '';
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', scratch], { cwd }),
  );
  return join(scratch, filename.replace('@', '').replace('/', '-'));
}

/** The sampler's tarball as it would be for a machine that nobody built for. */
function withoutPrebuilt() {
  const folder = join(scratch, 'bare');
  mkdirSync(folder);
  run('tar', ['-xzf', tarballs.get(SAMPLER) ?? '', '-C', folder]);
  rmSync(join(folder, 'package/prebuilds'), { recursive: true });
  const tarball = join(scratch, 'bare.tgz');
  run('tar', ['-czf', tarball, '-C', folder, 'package']);
  return tarball;
}

function pathOfPlainTools() {
  const folder = join(scratch, 'bin');
  mkdirSync(folder);
  for (const tool of PLAIN_TOOLS) {
    const found = (env['PATH'] ?? '')
      .split(delimiter)
      .map((each) => join(each, tool))
      .find((path) => spawnSync('test', ['-x', path]).status === 0);
    if (found !== undefined) symlinkSync(found, join(folder, tool));
  }
  symlinkSync(execPath, join(folder, 'node'));
  for (const tool of ['npm', 'npx']) symlinkSync(join(dirname(execPath), tool), join(folder, tool));
  return folder;
}

/**
 * @param {string} title
 * @param {ReadonlyMap<string, string>} packages tarballs by name
 * @param {string} path
 * @param {string | undefined} expected where the binary is to be found; `undefined`: nowhere
 * @returns {string | undefined} what went wrong
 */
function check(title, packages, path, expected) {
  const cwd = mkdtempSync(join(scratch, 'install-'));
  const dependencies = Object.fromEntries([...packages].map(([name, file]) => [name, `file:${file}`]));
  // The versions that the packages name are not in a registry yet: every mention of one means its tarball.
  const overrides = Object.fromEntries([...packages.keys()].map((name) => [name, `$${name}`]));
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ private: true, dependencies, overrides }));
  const options = { cwd, env: { ...env, PATH: path, FLUIDSCOPE_REQUIRE_NATIVE: '' } };
  const install = ['install', '--foreground-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const { status, stdout, stderr } = spawnSync('npm', install, { ...options, encoding: 'utf8' });
  const said = `${stdout}${stderr}`;
  if (status !== 0) return `${title}: npm install ended with ${status}\n${said}`;
  const ask = `import('${SAMPLER}').then(({ loadAddon }) => console.log(JSON.stringify(loadAddon())))`;
  const found = JSON.parse(run('node', ['-e', ask], options));
  const notices = said.split('no native part').length - 1;
  const isRight =
    expected === undefined
      ? !found.isAvailable && notices === 1
      : found.isAvailable && found.path.includes(expected) && notices === 0;
  console.log(
    `${isRight ? 'ok' : 'FAILED'} ${title}: ${found.isAvailable ? found.path.split('/node_modules/')[1] : found.reason}`,
  );
  return isRight ? undefined : `${title}: received ${JSON.stringify(found)} and ${notices} notices\n${said}`;
}

/** @param {string} program @param {readonly string[]} args @param {import('node:child_process').SpawnSyncOptions} [options] */
function run(program, args, options = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, { ...options, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}
