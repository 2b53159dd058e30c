import { expect, it } from 'vitest';
import { html, jsonForScript, raw } from './html.js';

it('escapes what it is given, in text and in attributes', () => {
  const hostile = `"><img src=x onerror='alert(1)'>&`;
  expect(html`<p title="${hostile}">${hostile}</p>`.markup).toBe(
    '<p title="&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;">&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;</p>',
  );
});

it('leaves markup of its own alone, joins lists and drops what is absent', () => {
  expect(html`${html`<b>${1}</b>`}${[html`<i></i>`, 'a<b', undefined]}${undefined}${raw('<u>')}`.markup).toBe(
    '<b>1</b><i></i>a&lt;b<u>',
  );
});

it('writes JSON that cannot end the script it stands in', () => {
  const value = { text: '</script><!--<script>' };
  const { markup } = jsonForScript(value);
  expect(markup).not.toContain('<');
  expect(JSON.parse(markup)).toEqual(value);
});
