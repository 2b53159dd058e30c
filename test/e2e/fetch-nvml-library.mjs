// node test/e2e/fetch-nvml-library.mjs
// Fetches NVIDIA's own libnvidia-ml.so.1 from the non-free section of this machine's Debian mirror into .cache beside this file, for
// the test of a machine that has the library and no driver. It installs nothing and leaves apt's own lists alone.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'libnvidia-ml1';
const folder = fileURLToPath(new URL('.cache/nvml-library', import.meta.url));

rmSync(folder, { recursive: true, force: true });
for (const name of ['lists/partial', 'archives/partial']) mkdirSync(`${folder}/${name}`, { recursive: true });
const [site, release] = mainArchive();
writeFileSync(
  `${folder}/sources.list`,
  `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${site} ${release} non-free\n`,
);
apt('update');
apt('download', PACKAGE);
const archive = readdirSync(folder).find((name) => name.startsWith(PACKAGE) && name.endsWith('.deb'));
if (archive === undefined) throw new Error(`Expected ${PACKAGE} in ${folder} but it is not there`);
run('dpkg', ['-x', `${folder}/${archive}`, folder]);
console.log(`${archive} lies in ${folder}`);

/** Of the archive's parts that this machine reads, the first without a suffix such as -updates or -security. */
function mainArchive() {
  const format = '$(SITE) $(RELEASE) $(COMPONENT)';
  const lines = run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']).split('\n');
  const found = lines
    .map((line) => line.split(' '))
    .find(([, name = '-', component]) => component === 'main' && !name.includes('-'));
  if (found === undefined)
    throw new Error('Expected a Debian mirror among the sources of apt but found none');
  return found;
}

function apt(...args) {
  const options = {
    'Dir::Etc::sourcelist': `${folder}/sources.list`,
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': `${folder}/lists`,
    'Dir::Cache': folder,
    'APT::Sandbox::User': 'root',
  };
  run('apt-get', [
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...args,
  ]);
}

function run(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}
