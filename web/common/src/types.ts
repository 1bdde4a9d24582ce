// types.ts - what the hub's API says and takes (docs/API.md), as types and nothing else

export interface User {
  uid: string;
  username: string;
  email: string;
  type: 'user' | 'admin';
  admin: boolean;
  disabled: boolean;
  created: string;
}

export interface Session {
  user: User | null;
  /** Nobody has an account yet. */
  setup: boolean;
  hub_url: string;
  labs_url: string;
  version?: string;
}

export interface Project {
  id: string;
  /** The full name: ns/projects/short. */
  name: string;
  namespace: string;
  short_name: string;
  description: string;
  notes: string;
  tags: string[];
  public: boolean;
  created: string;
  updated: string;
}

export type WorkspaceState = 'stopped' | 'queued' | 'starting' | 'running' | 'stopping' | 'failed';

export interface Progress {
  step: 'machine' | 'data' | 'jupyter';
  percent?: number | null;
}

export interface Workspace {
  id: string;
  task_instance_id: string;
  name: string;
  family_id: string;
  /** Full name of the project. */
  project: string;
  owner: string;
  state: WorkspaceState;
  reason: string | null;
  position: number | null;
  progress: Progress | null;
  env: string;
  instance_type: string;
  git_url: string | null;
  session_seconds: number;
  idle_timeout_seconds: number | null;
  idle: { stops_at: string | null; because: string; warn: boolean } | null;
  /** How long this session may last, whatever it does. */
  session_limit?: { stops_at: string; because: string; warn: boolean } | null;
  size: number | null;
  created: string;
  updated: string;
  began: string | null;
}

export interface Machine {
  name: string;
  title: string;
  description?: string;
  arch: 'cpu' | 'gpu' | 'gpu2';
  cpus: number;
  memory: number;
  gpus: number;
  price_per_hour: number | null;
  /** 0: as many as fit. */
  slots: number;
  in_use: number;
  /** null: as many as fit. */
  free: number | null;
  available: boolean;
  /** A sentence: why it cannot be had. */
  why: string | null;
  default: boolean;
}

export interface Gpu {
  util: number;
  mem: number;
  mem_total: number;
}

export interface Sample {
  t: number;
  cpu: number;
  cpu_limit: number;
  mem: number;
  mem_limit: number;
  disk: number;
  disk_limit: number;
  pids: number;
  pids_limit?: number;
  gpu: Gpu[] | null;
}

export interface Restart {
  layer: 'gate' | 'restart' | 'none';
  /** Clauses: why it cannot be done live. */
  because: string[];
  lost: string[];
  item?: Workspace;
}

/** What floyd.yml of a repository asks for, in the names of this hub; null: nothing, or nothing that is here. */
export interface Template {
  name: string;
  found: boolean;
  description: string;
  instance_type: string | null;
  env: string | null;
  input: { source: string; destination: string }[];
  /** Sentences: what of it cannot be had. */
  notes: string[];
}

export interface ApiKey {
  id: string;
  name: string;
  created: string;
  last_used: string | null;
}

export interface Login {
  agent: string;
  created: string;
  seen: string;
  expires: string;
  this: boolean;
}

export interface AuditRow {
  seq: number;
  at: string;
  who: string;
  address: string;
  what: string;
  subject: string;
  detail: string | null;
}

export interface Entry {
  name: string;
  /** The name, percent-encoded: the next part of the address. */
  href: string;
  type: 'file' | 'directory' | 'link' | 'other';
  size: number | null;
  /** Seconds since 1970. */
  modified: number | null;
}

export interface Directory {
  name: string;
  files: Entry[];
  total_files: number;
  skipped_files: number;
}

export interface UsageRow {
  user: string;
  machine: string;
  seconds: number;
  workspaces: number;
  cost?: number | null;
}

export interface Usage {
  from: string;
  to: string;
  seconds: number;
  rows: UsageRow[];
}

export interface Now {
  workspaces: (Workspace & { sample?: Sample | null })[];
  machines?: { name: string; slots: number; in_use: number; queued: number }[];
  spawner?: { up: boolean; trouble: string | null };
  host?: { cpus: number; load: number; memory: number; memory_free: number; disk: number; disk_free: number };
}

export interface Variant {
  kind: 'host' | 'prefix' | 'root';
}

export interface Environment {
  name: string;
  title: string;
  description: string;
  aliases: string[];
  default: boolean;
  cpu: Variant | null;
  gpu: Variant | null;
}
