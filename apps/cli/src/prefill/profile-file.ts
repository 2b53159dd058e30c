import { FluidscopeError, messageOf, UsageError } from '@fluidscope/errors';
import { parsePrefillProfile, prefillProfileText, type PrefillProfile } from '@fluidscope/prefill';
import { readFile, rename, writeFile } from 'node:fs/promises';

/** The profile at `path`, or `undefined` when there is none; throws `UsageError` where the file is another's. */
export async function readProfile(path: string): Promise<PrefillProfile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw new UsageError([`--output: expected a file that can be read: ${messageOf(thrown)}`], {
      code: 'prefill.unreadable',
    });
  }
  return parsePrefillProfile(text, path);
}

/** Replaces the file at once, so that a kill at any moment leaves the profile of before or of after. */
export async function writeProfile(path: string, profile: PrefillProfile): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, prefillProfileText(profile));
    await rename(beside, path);
  } catch (thrown) {
    throw new FluidscopeError(
      `Expected to write the profile to "${path}" but could not: ${messageOf(thrown)}`,
      {
        code: 'prefill.not-written',
        hint: 'Name a file in a folder that exists and may be written.',
        cause: thrown,
      },
    );
  }
}

/** Names every setting in which the file's measurement is another one than what is asked for; empty when none is. */
export function differingSettings(
  asked: PrefillProfile['settings'],
  found: PrefillProfile['settings'],
): readonly string[] {
  return (Object.keys(asked) as (keyof PrefillProfile['settings'])[])
    .filter((name) => JSON.stringify(asked[name]) !== JSON.stringify(found[name]))
    .map(
      (name) =>
        `${name}: the file has ${JSON.stringify(found[name])}, asked for is ${JSON.stringify(asked[name])}`,
    );
}
