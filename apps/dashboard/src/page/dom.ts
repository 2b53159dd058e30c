/** The element of this id, which the page's markup has. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Expected an element #${id} in the page`);
  return found;
}

/** Text only: nothing that a server, a model or an agent named can become markup. */
export function setText(element: Element | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text;
}

/** Rows of cells as text; the first cell names its row. `detail` stands behind a cell's text. */
export function setRows(body: Element | null, rows: readonly (readonly Cell[])[]): void {
  if (body === null) return;
  while (body.children.length > rows.length) body.lastElementChild?.remove();
  rows.forEach((cells, at) => {
    const row = body.children[at] ?? body.appendChild(document.createElement('tr'));
    while (row.children.length > cells.length) row.lastElementChild?.remove();
    cells.forEach((cell, column) => setCell(row, column, cell));
  });
}

export type Cell = string | { readonly text: string; readonly detail: string };

function setCell(row: Element, column: number, cell: Cell): void {
  const { text, detail } = typeof cell === 'string' ? { text: cell, detail: '' } : cell;
  let element = row.children[column];
  if (element === undefined) {
    element = row.appendChild(document.createElement(column === 0 ? 'th' : 'td'));
    if (column === 0) element.setAttribute('scope', 'row');
    element.append(document.createElement('span'), document.createElement('small'));
  }
  setText(element.children[0] ?? null, text);
  setText(element.children[1] ?? null, detail);
}

export function setItems(list: Element, texts: readonly string[]): void {
  while (list.children.length > texts.length) list.lastElementChild?.remove();
  texts.forEach((text, at) =>
    setText(list.children[at] ?? list.appendChild(document.createElement('li')), text),
  );
}
