import { html, raw, type Html } from './html.js';
import { PAGE_STYLE } from './page-bundle.js';

export interface StaticPage {
  readonly title: string;
  /** Beside the pages' common style. */
  readonly style: string;
  readonly header: Html;
  readonly main: Html;
}

/** One HTML document without script that needs no network and no other file; its policy allows none. */
export function staticPage({ title, style, header, main }: StaticPage): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${raw(PAGE_STYLE)} ${raw(style)}
        </style>
      </head>
      <body>
        <header>${header}</header>
        <main id="main">${main}</main>
      </body>
    </html> `.markup;
}
