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
 *     node build.mjs --prebuild   and copy the binary to prebuilds/PLATFORM-ARCH
 *     node build.mjs --prebuild --target linux-arm64   cross-compile for another machine, into its folder of prebuilds
 *     node build.mjs --prepack    and put this script into the package, for machines where no prebuilt binary fits
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
const prebuilt = join(folder, 'prebuilds', platformName(), output);

/**
 * What a cross-compiler for a target is called, and how CMake names its processor. A prebuilt binary needs the C library of the machine
 * that built it, or a later one: build those that go out on the oldest system that they are meant for.
 */
const CROSS_COMPILERS = new Map([
  ['linux-arm64', { compiler: 'aarch64-linux-gnu-g++', processor: 'aarch64' }],
  ['linux-x64', { compiler: 'x86_64-linux-gnu-g++', processor: 'x86_64' }],
]);

main();

function main() {
  const at = argv.indexOf('--target');
  if (at >= 0 && argv[at + 1] !== platformName()) return crossCompile(argv[at + 1] ?? '');
  const reason = ensureBuilt();
  mkdirSync(join(folder, 'build'), { recursive: true });
  rmSync(reasonFile, { force: true });
  if (reason !== undefined) return giveUp(reason);
  if (argv.includes('--prebuild') || argv.includes('--prepack')) {
    mkdirSync(join(prebuilt, '..'), { recursive: true });
    copyFileSync(built, prebuilt);
  }
  if (argv.includes('--prepack')) {
    copyFileSync(fileURLToPath(import.meta.url), join(folder, 'build-native.mjs'));
  }
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
  const stamp = stampOf();
  const isThere = outputs.every((each) => existsSync(join(folder, 'build/Release', each)));
  if (isThere && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return undefined;
  const isPacking = argv.includes('--prebuild') || argv.includes('--prepack');
  const fits = () => !isPacking && output.endsWith('.node') && loads(prebuilt);
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

/** Asked for by name, so that whatever is missing is an error. @param {string} target */
function crossCompile(target) {
  const known = CROSS_COMPILERS.get(target);
  if (known === undefined) {
    console.error(
      `Expected one of ${[...CROSS_COMPILERS.keys()].join(', ')} for --target but received "${target}"`,
    );
    exit(2);
  }
  const { compiler, processor } = known;
  const missing = missingTools(compiler);
  const defines = [
    '--CDCMAKE_SYSTEM_NAME=Linux',
    `--CDCMAKE_SYSTEM_PROCESSOR=${processor}`,
    `--CDCMAKE_CXX_COMPILER=${compiler}`,
  ];
  const into = join(folder, 'prebuilds', target);
  const failure =
    missing.length > 0 ? `expected ${missing.join(' and ')} on the PATH` : compile(into, defines);
  if (failure === undefined) return;
  console.error(`${manifest.name}: no binary for ${target}: ${failure}`);
  exit(1);
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

/** Changes when a source, the build's description or the platform does. */
function stampOf() {
  const hash = createHash('sha256').update(
    `${platformName()} ${JSON.stringify(manifest.dependencies ?? {})}`,
  );
  const sources = existsSync(join(folder, 'src'))
    ? readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    : [];
  const inputs = sources.filter((path) => /\.(?:c|cc|cpp|h|hpp|map|def)$/.test(path)).sort();
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
