// The client: tokens, words of failures, addresses.
import { expect, test } from 'vitest';
import { ApiError, Client, xsrfCookie } from '../src/client';

interface Asked {
  url: string;
  init: RequestInit;
}

function make(status: number, body: unknown, headers: Record<string, string> = {}) {
  const asked: Asked[] = [];
  const out: string[] = [];
  const client = new Client({
    token: () => 'tok',
    onUnauthenticated: () => out.push('out'),
    fetch: (async (url: string, init: RequestInit) => {
      asked.push({ url, init });
      return new Response(status === 204 ? null : typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
    }) as unknown as typeof fetch
  });
  return { client, asked, out };
}

test('what changes something carries the token, a GET does not', async () => {
  const { client, asked } = make(200, { projects: [] });
  await client.projects('alice');
  await client.json('POST', 'x', { a: 1 });
  expect(asked[0].url).toBe('/api/v1/projects?namespace=alice');
  expect(asked[0].init.headers).toEqual({});
  expect(asked[1].init.headers).toEqual({ 'X-XSRFToken': 'tok', 'Content-Type': 'application/json' });
  expect(asked[1].init.body).toBe('{"a":1}');
});

test('the words of the hub are the words of the error', async () => {
  const { client } = make(429, { message: 'Too often', slug: 'limit' }, { 'Retry-After': '30' });
  const error = await client.login('a', 'b').catch(e => e);
  expect(error).toBeInstanceOf(ApiError);
  expect([error.message, error.slug, error.status, error.retryAfter]).toEqual(['Too often', 'limit', 429, 30]);
});

test('a page of a proxy in between is said in our words', async () => {
  const error = await make(502, '<html>Bad gateway</html>').client.projects().catch(e => e);
  expect(error.message).toMatch(/restarting/);
  const list = await make(500, '[1]').client.projects().catch(e => e);
  expect(list.message).toMatch(/500/);
});

test('nobody there is an error with words, too', async () => {
  const client = new Client({ fetch: (async () => { throw new TypeError('failed'); }) as unknown as typeof fetch });
  const error = await client.session().catch(e => e);
  expect([error.status, error.slug]).toEqual([0, 'unreachable']);
});

test('401 leads to the login, but not from the login itself', async () => {
  const { client, out } = make(401, { message: 'no' });
  await client.projects().catch(() => 0);
  expect(out).toEqual(['out']);
  await client.login('a', 'b').catch(() => 0);
  expect(out).toEqual(['out']);
});

test('names are encoded once, and addresses of files are left as they are', async () => {
  const { client, asked } = make(200, { name: '', files: [] });
  await client.project('a b', 'c?d');
  await client.directory('run_1', 'a%20b/c%FF');
  expect(asked.map(a => a.url)).toEqual(['/api/v1/projects/a%20b/c%3Fd', '/api/v1/resources/run_1/a%20b/c%FF']);
  expect(client.fileAddress('run_1', '', true)).toBe('/api/v1/resources/run_1?download=true');
});

test('204 is nothing', async () => {
  expect(await make(204, null).client.logout()).toBeUndefined();
});

test('the cookie is found among others', () => {
  expect(xsrfCookie('a=1; _xsrf=2|x; b=3')).toBe('2|x');
  expect(xsrfCookie('not_xsrf=1')).toBe('');
});
