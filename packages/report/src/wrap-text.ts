/** Breaks a text at spaces into lines of at most `columns`, where its words allow; each line but the first begins with `hang` spaces. */
export function wrapText(text: string, columns: number, hang = 0): string {
  const indent = /^ */.exec(text)?.[0] ?? '';
  let line = indent;
  const lines: string[] = [];
  for (const word of text.trim().split(' ')) {
    const room = line.trim() === '' ? '' : ' ';
    if (room !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = ' '.repeat(hang) + word;
    } else line += room + word;
  }
  return [...lines, line].join('\n');
}
