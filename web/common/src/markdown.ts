// markdown.ts - notes in Markdown, as elements: no HTML string is ever made, so nothing in the text can become markup
//
// Headings, paragraphs, lists, quotes, code, rules, tables, emphasis, code spans, links and addresses. Links go to http,
// https and mailto only; HTML in the text is shown as text. Pictures are shown as links: a page asks no other host.

import { html, nothing, type TemplateResult } from 'lit';

export type Rendered = TemplateResult | string | typeof nothing | Rendered[];

const MAX = 256 * 1024;
const DEEP = 6;

export function safeLink(url: string): string | null {
  return /^(https?:\/\/|mailto:)[^\s]+$/i.test(url) || /^(#|\/(?![/\\]))[^\s\\]*$/.test(url) ? url : null;
}

const link = (url: string, text: Rendered) => {
  const safe = safeLink(url);
  return safe ? html`<a href=${safe} rel="noopener noreferrer nofollow" target="_blank">${text}</a>` : text;
};

type Span = [RegExp, (found: RegExpExecArray, depth: number) => Rendered];

const SPANS: Span[] = [
  [/^\\([\\`*_{}[\]()#+\-.!|<>~])/, m => m[1]],
  [/^(`+)([^`]|[^`][^\n]*?[^`])\1(?!`)/, m => html`<code>${m[2].trim()}</code>`],
  [/^!\[([^\]\n]{0,500})\]\(([^()\s]{1,2000})\)/, m => link(m[2], m[1] || 'picture')],
  [/^\[([^\]\n]{1,500})\]\(([^()\s]{1,2000})(?: "[^"\n]*")?\)/, (m, d) => link(m[2], spans(m[1], d + 1))],
  [/^<((?:https?:\/\/|mailto:)[^<>\s]{1,2000})>/, m => link(m[1], m[1])],
  [/^https?:\/\/[^\s<>()]{1,2000}[^\s<>().,;:!?'"]/, m => link(m[0], m[0])],
  [/^(\*\*|__)(?=\S)([^\n]{0,2000}?\S)\1/, (m, d) => html`<strong>${spans(m[2], d + 1)}</strong>`],
  [/^([*_])(?=\S)([^*_\n]{0,2000}?[^\s*_])\1/, (m, d) => html`<em>${spans(m[2], d + 1)}</em>`],
  [/^~~(?=\S)([^\n~]{1,2000})~~/, (m, d) => html`<del>${spans(m[1], d + 1)}</del>`]
];

/** One line's worth of text. */
export function spans(text: string, depth = 0): Rendered {
  if (depth > DEEP) return text;
  const out: Rendered[] = [];
  let plain = '';
  for (let i = 0; i < text.length;) {
    const rest = /[\\`!*_[<~h]/.test(text[i]) && !(text[i] === 'h' && /\w/.test(text[i - 1] ?? '')) ? text.slice(i, i + 4096) : '';
    const hit = rest && SPANS.map(([re, make]) => [re.exec(rest), make] as const).find(([m]) => m);
    if (hit && hit[0] && !(text[i] === '_' && /\w/.test(text[i - 1] ?? ''))) {
      if (plain) out.push(plain);
      plain = '';
      out.push(hit[1](hit[0], depth));
      i += hit[0][0].length;
    } else {
      plain += text[i++];
    }
  }
  if (plain) out.push(plain);
  return out;
}

const HEADINGS = [
  (t: Rendered) => html`<h2>${t}</h2>`, (t: Rendered) => html`<h3>${t}</h3>`,
  (t: Rendered) => html`<h4>${t}</h4>`, (t: Rendered) => html`<h5>${t}</h5>`
];
const BULLET = /^ {0,3}[-*+] +(.*)$/, NUMBER = /^ {0,3}\d{1,9}[.)] +(.*)$/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/, FENCE = /^ {0,3}(```+|~~~+)/, HEADING = /^ {0,3}(#{1,6}) +(.*?)(?: +#*)?$/;
const TABLE = /^ *\|?(?: *:?-+:? *\|)+ *:?-* *:? *$/;

const cells = (line: string) => line.trim().replace(/^\||\|$/g, '').split('|').map(c => c.trim());

class Blocks {
  private readonly out: Rendered[] = [];
  private i = 0;

  constructor(private readonly lines: string[], private readonly depth: number) {}

  all(): Rendered[] {
    while (this.i < this.lines.length) this.one(this.lines[this.i]);
    return this.out;
  }

  private one(line: string): void {
    const heading = HEADING.exec(line);
    if (!line.trim()) this.i++;
    else if (FENCE.test(line)) this.fence(line);
    else if (heading) this.push(HEADINGS[Math.min(heading[1].length, 4) - 1](spans(heading[2])));
    else if (RULE.test(line)) this.push(html`<hr>`);
    else if (/^ {0,3}>/.test(line)) this.quote();
    else if (BULLET.test(line)) this.out.push(html`<ul>${this.items(BULLET)}</ul>`);
    else if (NUMBER.test(line)) this.out.push(html`<ol>${this.items(NUMBER)}</ol>`);
    else if (line.includes('|') && TABLE.test(this.lines[this.i + 1] ?? '')) this.table();
    else this.paragraph();
  }

  private push(rendered: Rendered): void {
    this.out.push(rendered);
    this.i++;
  }

  private take(while_: (line: string) => boolean): string[] {
    const begin = this.i;
    while (this.i < this.lines.length && while_(this.lines[this.i])) this.i++;
    return this.lines.slice(begin, this.i);
  }

  private fence(line: string): void {
    const mark = FENCE.exec(line)![1];
    this.i++;
    const code = this.take(l => !l.trimStart().startsWith(mark));
    this.i++;
    this.out.push(html`<pre><code>${code.join('\n')}</code></pre>`);
  }

  private quote(): void {
    const inner = this.take(l => /^ {0,3}>/.test(l)).map(l => l.replace(/^ {0,3}> ?/, ''));
    this.out.push(html`<blockquote>${blocks(inner, this.depth + 1)}</blockquote>`);
  }

  private items(mark: RegExp): Rendered[] {
    const items: Rendered[] = [];
    for (let m; (m = mark.exec(this.lines[this.i] ?? ''));) {
      const first = m[1];
      this.i++;
      const more = this.take(l => /^( {2,}|\t)\S/.test(l)).map(l => l.replace(/^( {2,4}|\t)/, ''));
      const task = /^\[([ xX])\] (.*)$/.exec(first);
      const text = task ? [task[1] === ' ' ? '☐ ' : '☑ ', spans(task[2])] : spans(first);
      items.push(html`<li>${text}${more.length ? blocks(more, this.depth + 1) : nothing}</li>`);
    }
    return items;
  }

  private table(): void {
    const head = cells(this.lines[this.i]);
    this.i += 2;
    const rows = this.take(l => l.includes('|')).map(cells);
    this.out.push(html`<div class="scroll"><table><thead><tr>${head.map(c => html`<th>${spans(c)}</th>`)}</tr></thead>
      <tbody>${rows.map(r => html`<tr>${r.slice(0, head.length).map(c => html`<td>${spans(c)}</td>`)}</tr>`)}</tbody></table></div>`);
  }

  private paragraph(): void {
    const first = this.lines[this.i++];
    const more = this.take(l => !!l.trim() && ![HEADING, FENCE, RULE, BULLET, NUMBER, /^ {0,3}>/].some(re => re.test(l)));
    const lines = [first, ...more];
    this.out.push(html`<p>${lines.map((l, i) => [spans(l.trim()), i < lines.length - 1 ? (/ {2}$/.test(l) ? html`<br>` : '\n') : nothing])}</p>`);
  }
}

function blocks(lines: string[], depth: number): Rendered {
  return depth > DEEP ? lines.join('\n') : new Blocks(lines, depth).all();
}

export function markdown(text: string): Rendered {
  return blocks(text.slice(0, MAX).replace(/\r\n?/g, '\n').split('\n'), 0);
}
