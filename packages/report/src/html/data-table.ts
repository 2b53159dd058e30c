import { html, type Html } from './html.js';

/** On paper there is room for no more rows. */
const MOST_PRINTED_COUNT = 25;

/** A table with a caption that scrolls sideways where it does not fit, on paper cut where it is long. The first cell of a row is its header. */
export function dataTable(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
): Html {
  return html`<div
    class="table${rows.length > MOST_PRINTED_COUNT ? ' long' : ''}"
    role="region"
    aria-label="${caption}"
    tabindex="0"
  >
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${header.map((cell) => html`<th scope="col">${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([first, ...rest]) =>
            html`<tr>
              <th scope="row">${first ?? ''}</th>
              ${rest.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
