// handler.ts - the functions that talk to the server, and below `labwright/` of a workspace to the hub
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

async function request (path: string, init: RequestInit): Promise<Response> {
  const settings = ServerConnection.makeSettings();
  const response = await ServerConnection.makeRequest(URLExt.join(settings.baseUrl, path), init, settings);
  if (!response.ok) throw await ServerConnection.ResponseError.create(response);
  return response;
}

/** JSON of a GET below the server's base URL; credentials and errors are the Lab's. */
export async function getJSON<T> (path: string, init: RequestInit = {}): Promise<T> {
  return await (await request(path, init)).json();
}

export async function getText (path: string): Promise<string> {
  return await (await request(path, {})).text();
}

/** BODY as JSON; the header tells the hub that this page meant it, which no form of another site can send. */
export async function sendJSON<T> (method: 'POST' | 'PUT', path: string, body: unknown): Promise<T> {
  const headers = { 'Content-Type': 'application/json', 'X-Labwright': '1' };
  const text = await (await request(path, { method, headers, body: JSON.stringify(body) })).text();
  return (text ? JSON.parse(text) : null) as T;
}
