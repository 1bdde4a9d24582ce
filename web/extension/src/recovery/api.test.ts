// What is asked of the server, and a server that does not know the question.
import { afterEach, describe, expect, it, vi } from 'vitest';

const answers: { status: number; body: unknown }[] = [], urls: string[] = [];

vi.mock('@jupyterlab/services', () => {
  class ResponseError extends Error {
    constructor (readonly response: { status: number }) { super(String(response.status)); }
    static async create (response: { status: number }) { return new ResponseError(response); }
  }
  const makeRequest = async (url: string) => {
    urls.push(url);
    const { status, body } = answers.shift()!;
    return { ok: status < 400, status, json: async () => body };
  };
  return { ServerConnection: { ResponseError, makeRequest, makeSettings: () => ({ baseUrl: 'http://x/b/' }) } };
});

const { askServer } = await import('./api');

afterEach(() => { urls.length = 0; });

describe('askServer', () => {
  it('asks for the entries as their owner, and leaves the outputs out if they are not wanted', async () => {
    answers.push({ status: 200, body: { entries: [] } }, { status: 200, body: { entries: [] } });
    expect(await askServer('k 1', 's&2', true)).toEqual({ entries: [] });
    await askServer('k', 's', false);
    expect(urls).toEqual([
      'http://x/b/labwright/api/kernels/k%201/cells?session_id=s%262&adopt=1',
      'http://x/b/labwright/api/kernels/k/cells?session_id=s&adopt=1&outputs=0'
    ]);
  });

  it('takes a 404 for a server that records nothing, and any other failure as one', async () => {
    answers.push({ status: 404, body: {} }, { status: 503, body: {} });
    expect(await askServer('k', 's', true)).toBeNull();
    await expect(askServer('k', 's', true)).rejects.toThrow('503');
  });
});
