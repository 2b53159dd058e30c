/** Texts that come from a model, a server or a host name, for GitHub-flavoured Markdown: none of them can end a cell, open a tag or name a person. */

/** For prose and cells: one line, every character that Markdown or HTML could read as more than itself made plain. */
export function markdownText(text: string): string {
  return oneLine(text)
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? character)
    .replace(/[\\`*_[\]#|~$]/g, '\\$&')
    .replace(/^(?=[-+=])|(?<=^\d+)(?=[.)])/, '\\')
    .replace(/@(?=\w)/g, '@\u200b')
    .replace(/\b(https?:|www\.)/gi, (start) => `${start.slice(0, -1)}\u200b${start.slice(-1)}`);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A name as code, where nothing is read but the fence: it is longer than any run of backticks within. Pipes are escaped, as cells need even there. */
export function markdownCode(text: string): string {
  const plain = oneLine(text).replaceAll('|', '\\|');
  const longest = Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = plain.startsWith('`') || plain.endsWith('`') ? ' ' : '';
  return plain.trim() === '' ? '–' : `${fence}${space}${plain}${space}${fence}`;
}

/** Control characters and every kind of line end become a space. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
