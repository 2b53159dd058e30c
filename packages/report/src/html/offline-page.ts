import type { PageData } from '../page-data/page-data.js';
import { html, jsonForScript, raw, type Html } from './html.js';
import { PAGE_SCRIPT, PAGE_STYLE } from './page-bundle.js';

export interface OfflinePage {
  readonly title: string;
  /** Beside the pages' common style. */
  readonly style?: string;
  readonly header: Html;
  readonly main: Html;
  /** What its script draws; a page without has no script, and its policy allows none. */
  readonly data?: PageData;
}

/** One HTML document that needs no network and no other file; its policy allows none. */
export function offlinePage({ title, style = '', header, main, data }: OfflinePage): string {
  const policy = `default-src 'none'; style-src 'unsafe-inline'${data === undefined ? '' : "; script-src 'unsafe-inline'"}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="${raw(policy)}" />
        <title>${title}</title>
        <style>
          ${raw(PAGE_STYLE)} ${raw(style)}
        </style>
      </head>
      <body>
        ${data === undefined ? undefined : html`<a class="skip" href="#main">Skip to the verdict</a>`}
        <header>${header}</header>
        <main id="main">${main}</main>
        ${data === undefined ? undefined : drawing(data)}
      </body>
    </html> `.markup;
}

function drawing(data: PageData): Html {
  return html`<script type="application/json" id="report-data">
      ${jsonForScript(data)}
    </script>
    <script>
      ${raw(PAGE_SCRIPT)};
    </script>`;
}
