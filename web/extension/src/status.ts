// status.ts - what the server says of itself
import { getJSON } from './handler';

/** GET /api/status */
export interface IServerStatus {
  started: string;
  last_activity: string;
  connections: number;
  kernels: number;
}

/** GET /api */
export interface IServerVersion {
  version: string;
}

export async function fetchStatus (): Promise<IServerStatus & IServerVersion> {
  const [status, version] = await Promise.all([getJSON<IServerStatus>('api/status'), getJSON<IServerVersion>('api')]);
  return { ...status, ...version };
}
