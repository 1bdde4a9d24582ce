// handler.ts - the one function that talks to the server
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

/** JSON of a GET below the server's base URL; credentials and errors are the Lab's. */
export async function getJSON<T> (path: string, init: RequestInit = {}): Promise<T> {
  const settings = ServerConnection.makeSettings();
  const response = await ServerConnection.makeRequest(URLExt.join(settings.baseUrl, path), init, settings);
  if (!response.ok) throw await ServerConnection.ResponseError.create(response);
  return await response.json();
}
