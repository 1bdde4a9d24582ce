// Notes are elements, never HTML: what is in the text stays text.
import { expect, test } from 'vitest';
import { markdown, safeLink, type Rendered } from '../src/markdown';

/** What a template would look like: its strings with the values in between, where text is marked by «». */
function show(r: Rendered): string {
  if (Array.isArray(r)) return r.map(show).join('');
  if (typeof r === 'string') return `«${r}»`;
  if (typeof r === 'symbol') return '';
  const { strings, values } = r as unknown as { strings: string[]; values: Rendered[] };
  return strings.map((s, i) => s + (i < values.length ? show(values[i]) : '')).join('').replace(/\n\s+/g, '');
}
const text = (md: string) => show(markdown(md)).replace(/»«/g, '');

test.each([
  ['# Title #', '<h2>«Title»</h2>'],
  ['a *b* **c** `d*e*`', '<p>«a »<em>«b»</em>« »<strong>«c»</strong>« »<code>«d*e*»</code></p>'],
  ['- one\n- [x] two\n  - deep', '<ul><li>«one»</li><li>«☑ two»<ul><li>«deep»</li></ul></li></ul>'],
  ['1. a\n2. b', '<ol><li>«a»</li><li>«b»</li></ol>'],
  ['> said\n> more', '<blockquote><p>«said\nmore»</p></blockquote>'],
  ['```py\nif x < 1: *no*\n```\nafter', '<pre><code>«if x < 1: *no*»</code></pre><p>«after»</p>'],
  ['snake_case_name and 2*3*4 h', '<p>«snake_case_name and 2»<em>«3»</em>«4 h»</p>'],
  ['---', '<hr>']
])('%j', (md, html) => {
  expect(text(md)).toBe(html);
});

test('markup in the text is text', () => {
  expect(text('<img src=x onerror=alert(1)>')).toBe('<p>«<img src=x onerror=alert(1)>»</p>');
  expect(text('<script>alert(1)</script>')).toContain('«<script>alert(1)</script>»');
});

test('links lead to the web or within, and nowhere else', () => {
  expect(safeLink('https://example.org/x')).toBeTruthy();
  expect(safeLink('/projects')).toBeTruthy();
  for (const bad of ['javascript:alert(1)', 'JaVaScRiPt:x', 'data:text/html,x', '//evil.example', '/\\evil', 'vbscript:x', 'java\nscript:x', ' javascript:x'])
    expect([bad, safeLink(bad)]).toEqual([bad, null]);
  expect(text('[x](javascript:alert(1))')).not.toContain('href');
  expect(text('[x](https://a.b/c)')).toContain('href=«https://a.b/c»');
});

test('a picture is a link: no other host is asked', () => {
  expect(text('![cat](https://a.b/c.png)')).toMatch(/^<p><a href=.*«cat»<\/a><\/p>$/);
});

test('hostile texts end soon', () => {
  for (const md of ['*'.repeat(20000), '['.repeat(20000), '> '.repeat(5000) + 'x', '`'.repeat(9999), '_a'.repeat(10000), '|'.repeat(3000) + '\n' + '|-'.repeat(3000), '- '.repeat(9000)])
    expect(() => markdown(md)).not.toThrow();
}, 20000);
