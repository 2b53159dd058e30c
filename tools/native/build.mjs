// @ts-check
/**
 * Builds the native part of the package in the current folder, for all native packages alike.
 *
 * The policy, in one place: a prebuilt binary that loads is enough; else it is compiled with cmake-js; where neither can be, the
 * install still succeeds, says so once, and the program falls back. `FLUIDSCOPE_REQUIRE_NATIVE=1` makes that an error.
 *
 * A package has a `CMakeLists.txt`, its C++ under `src/`, and makes `build/Release/NAME.node` (NAME: the package's name without
 * its scope) unless its package.json says `"native": { "output": "another.so" }`; `"more": ["folder/another.so"]` names what it makes
 * besides, which is not packed.
 *
 *     node build.mjs              build if anything changed since the last time
 *     node build.mjs --prebuild   cross-compile the binaries that are packed into prebuilds/, one a target; needs Zig
 *     node build.mjs --prebuild --target linux-arm64   only that one
 *     node build.mjs --prepack    make sure of a binary for this machine, drop those of older sources, and put this script into the
 *                                 package, for machines where no prebuilt binary fits
 *
 * It builds aside and renames at the end: two builds at once, or one under a running program, harm nobody.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { argv, env, execPath, exit, pid, report } from 'node:process';
import { fileURLToPath } from 'node:url';

const folder = process.cwd();
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const output = manifest.native?.output ?? `${manifest.name.replace(/^@[^/]+\//, '')}.node`;
const built = join(folder, 'build/Release', output);
/** @type {readonly string[]} */
const outputs = [output, ...(manifest.native?.more ?? [])];
/** This script is a packed package's own copy, not the checkout's. */
const isInstalled = import.meta.url.endsWith('/build-native.mjs');
const stampFile = join(folder, 'build/stamp');
/** Why there is no binary; `notice.mjs` reads it after all packages are built, so that there is one notice. */
const reasonFile = join(folder, 'build/unavailable');
const prebuilds = join(folder, 'prebuilds');

/**
 * Zig (PyPI: ziglang) carries the C library of each target, in the version asked for, and a C++ library that it links in: what comes
 * out needs no other version of either than Node itself does. Newer symbols are refused, should a machine's own compiler have been at work.
 */
const TARGETS = new Map([
  ['linux-x64', { triple: 'x86_64-linux-gnu.2.28', processor: 'x86_64' }],
  ['linux-arm64', { triple: 'aarch64-linux-gnu.2.28', processor: 'aarch64' }],
  ['linux-x64-musl', { triple: 'x86_64-linux-musl', processor: 'x86_64' }],
  ['linux-arm64-musl', { triple: 'aarch64-linux-musl', processor: 'aarch64' }],
]);
const NEWEST_GLIBC = 28;
const zig = env['ZIG'] ?? 'zig';

main();

function main() {
  if (argv.includes('--prebuild')) return prebuild(askedTargets());
  const reason = ensureBuilt();
  mkdirSync(join(folder, 'build'), { recursive: true });
  rmSync(reasonFile, { force: true });
  if (reason !== undefined) return giveUp(reason);
  if (argv.includes('--prepack')) prepack();
}

/** @returns {readonly string[]} */
function askedTargets() {
  const at = argv.indexOf('--target');
  return at < 0 ? [...TARGETS.keys()] : [argv[at + 1] ?? ''];
}

/** What lies in prebuilds/ from older sources would be packed, load, and speak another version of the interface. */
function prepack() {
  copyFileSync(fileURLToPath(import.meta.url), join(folder, 'build-native.mjs'));
  if (!output.endsWith('.node')) return;
  for (const target of TARGETS.keys()) {
    if (isFresh(target) || !existsSync(prebuiltFor(target))) continue;
    console.error(`${manifest.name}: the prebuilt ${target} is of other sources and is left out`);
    rmSync(join(prebuilds, target), { recursive: true });
  }
  const own = prebuiltFor(platformName());
  if (existsSync(own)) return;
  mkdirSync(dirname(own), { recursive: true });
  copyFileSync(built, own);
  console.error(`${manifest.name}: ${platformName()} is this machine's own build and needs its C library`);
}

/** @param {string} target */
function prebuiltFor(target) {
  return join(prebuilds, target, output);
}

/** @param {string} target */
function freshFile(target) {
  return join(folder, 'build', `prebuilt-${target}`);
}

/** @param {string} target */
function isFresh(target) {
  return (
    existsSync(prebuiltFor(target)) &&
    existsSync(freshFile(target)) &&
    readFileSync(freshFile(target), 'utf8') === stampOf(target)
  );
}

/** @param {string} reason */
function giveUp(reason) {
  writeFileSync(reasonFile, reason);
  const required = env['FLUIDSCOPE_REQUIRE_NATIVE'] === '1' || argv.includes('--prepack');
  if (required || env['NX_TASK_TARGET_PROJECT'] === undefined) {
    console.error(`${manifest.name}: no native part: ${reason}`);
  }
  if (required) exit(1);
}

/** @returns {string | undefined} why there is no binary */
function ensureBuilt() {
  const stamp = stampOf(platformName());
  const isThere = outputs.every((each) => existsSync(join(folder, 'build/Release', each)));
  if (isThere && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return undefined;
  const fits = () =>
    !argv.includes('--prepack') && output.endsWith('.node') && loads(prebuiltFor(platformName()));
  // In a checkout the sources are what counts: a binary left by an earlier packing would hide every change.
  if (isInstalled && fits()) return undefined;
  const missing = missingTools();
  if (missing.length > 0) {
    if (fits()) return undefined;
    return `expected ${missing.join(' and ')} on the PATH, or a prebuilt binary for ${platformName()}, but found neither`;
  }
  const failure = compile(join(folder, 'build/Release'));
  if (failure === undefined) writeFileSync(stampFile, stamp);
  return failure;
}

/** Asked for by name, so that whatever is missing is an error. @param {readonly string[]} targets */
function prebuild(targets) {
  for (const target of targets) {
    if (isFresh(target)) continue;
    const failure = crossCompile(target);
    if (failure !== undefined) {
      console.error(`${manifest.name}: no binary for ${target}: ${failure}`);
      exit(1);
    }
    mkdirSync(join(folder, 'build'), { recursive: true });
    writeFileSync(freshFile(target), stampOf(target));
    console.log(`${manifest.name}: prebuilds/${target}`);
  }
}

/** @param {string} target @returns {string | undefined} what went wrong */
function crossCompile(target) {
  const known = TARGETS.get(target);
  if (known === undefined) return `expected one of ${[...TARGETS.keys()].join(', ')} for --target`;
  if (spawnSync(zig, ['version']).status !== 0)
    return `expected Zig on the PATH or named by ZIG (pip install ziglang; see CONTRIBUTING.md) but "${zig}" does not run`;
  const failure = compile(join(prebuilds, target), [
    '--CDCMAKE_SYSTEM_NAME=Linux',
    `--CDCMAKE_SYSTEM_PROCESSOR=${known.processor}`,
    `--CDCMAKE_CXX_COMPILER=${zig};c++;-target;${known.triple}`,
    '--CDCMAKE_SHARED_LINKER_FLAGS=-s',
  ]);
  return failure ?? tooNew(prebuiltFor(target));
}

/** A binary names the versions of the symbols that it needs. @param {string} path @returns {string | undefined} those that an older system lacks */
function tooNew(path) {
  const names = readFileSync(path, 'latin1').match(/\b(?:GLIBC|GLIBCXX|CXXABI)_\d[\d.]*/g) ?? [];
  const newer = names.filter(
    (name) => !(name.startsWith('GLIBC_2.') && Number(name.split('.')[1]) <= NEWEST_GLIBC),
  );
  return newer.length > 0
    ? `it needs ${[...new Set(newer)].join(', ')}, newer than glibc 2.${NEWEST_GLIBC} has`
    : undefined;
}

/** @param {string} into a folder @param {readonly string[]} [defines] for CMake @returns {string | undefined} what the compiler said when it failed */
function compile(into, defines = []) {
  const aside = join(folder, `build/aside-${pid}`);
  const cmakeJs = join(createRequire(join(folder, 'package.json')).resolve('cmake-js/package.json'), '..');
  const bin = JSON.parse(readFileSync(join(cmakeJs, 'package.json'), 'utf8')).bin['cmake-js'];
  try {
    const { status, stdout, stderr } = spawnSync(
      execPath,
      [join(cmakeJs, bin), 'build', '--out', aside, '--parallel', '2', ...defines],
      { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    );
    if (status !== 0)
      return `cmake-js failed:\n${`${stdout}${stderr}`.trim().split('\n').slice(-30).join('\n')}`;
    for (const each of outputs) {
      const place = join(into, each);
      mkdirSync(dirname(place), { recursive: true });
      renameSync(join(aside, 'Release', each), place);
    }
    return undefined;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** @returns {readonly string[]} */
function missingTools(compiler = env['CXX'] ?? 'c++') {
  const runs = (/** @type {string} */ tool) => spawnSync(tool, ['--version']).status === 0;
  return [
    ...(runs('cmake') ? [] : ['CMake (cmake)']),
    ...(runs(compiler) ? [] : [`a C++ compiler (${compiler})`]),
  ];
}

/** Whether a binary is there and its C library and processor are this machine's. @param {string} path */
function loads(path) {
  if (!existsSync(path)) return false;
  return spawnSync(execPath, ['-e', 'require(process.argv[1])', path]).status === 0;
}

/** Changes when a source, the build's description or the platform does. @param {string} platform */
function stampOf(platform) {
  const hash = createHash('sha256').update(`${platform} ${JSON.stringify(manifest.dependencies ?? {})}`);
  const sources = existsSync(join(folder, 'src'))
    ? readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    : [];
  const isInput = (/** @type {string} */ path) =>
    /\.(?:c|cc|cpp|h|hpp|map|def)$/.test(path) && !/(?:^|\/)testing\//.test(path);
  const inputs = sources.filter(isInput).sort();
  for (const path of ['CMakeLists.txt', ...inputs.map((each) => join('src', each))]) {
    hash.update(`\0${path}\0`).update(readFileSync(join(folder, path)));
  }
  return hash.digest('hex');
}

/** `linux-x64`, `linux-arm64`, `linux-x64-musl`: what a prebuilt binary must agree with. */
function platformName() {
  const header = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (report?.getReport() ?? {})
    .header;
  const isMusl = process.platform === 'linux' && header?.glibcVersionRuntime === undefined;
  return `${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`;
}
