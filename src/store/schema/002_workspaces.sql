-- Projects, workspaces, their runs, and what happened to them.

CREATE TABLE project (
    id          TEXT PRIMARY KEY,
    namespace   TEXT NOT NULL COLLATE NOCASE REFERENCES namespace (name),
    name        TEXT NOT NULL COLLATE NOCASE,
    description TEXT NOT NULL DEFAULT '',
    notes       TEXT NOT NULL DEFAULT '', -- Markdown
    tags        TEXT NOT NULL DEFAULT '[]',
    public      INTEGER NOT NULL DEFAULT 0,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    UNIQUE (namespace, name)
) WITHOUT ROWID;

CREATE TABLE project_star (
    project     TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    user        TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    PRIMARY KEY (project, user)
) WITHOUT ROWID;

CREATE TABLE workspace (
    id          TEXT PRIMARY KEY,         -- run_ and 24 characters
    task        TEXT NOT NULL UNIQUE,     -- task instance id: 22 characters
    project     TEXT NOT NULL REFERENCES project (id),
    owner       TEXT NOT NULL REFERENCES user (id),
    name        TEXT NOT NULL,
    git_url     TEXT,
    git_branch  TEXT NOT NULL DEFAULT '',
    state       TEXT NOT NULL,
    reason      TEXT NOT NULL DEFAULT '', -- of 'failed' and 'stopped', for a person
    environment TEXT NOT NULL,            -- wanted for the next run, or of this one
    machine     TEXT NOT NULL,
    idle_s      INTEGER,                  -- NULL: no idle timeout
    inputs      TEXT NOT NULL DEFAULT '[]',
    generation  INTEGER NOT NULL DEFAULT 0, -- of the sandbox; a report of an older one is stale
    again       INTEGER NOT NULL DEFAULT 0, -- of 'stopping': it starts again then
    size        INTEGER NOT NULL DEFAULT 0, -- bytes of the home, when last measured
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX workspace_project ON workspace (project);
CREATE INDEX workspace_owner ON workspace (owner);
CREATE INDEX workspace_alive ON workspace (state) WHERE state NOT IN ('stopped', 'failed');

CREATE TABLE run (                        -- one stay on one machine: what usage is made of
    seq         INTEGER PRIMARY KEY,
    workspace   TEXT NOT NULL,
    namespace   TEXT NOT NULL,
    user        TEXT NOT NULL,
    machine     TEXT NOT NULL,
    environment TEXT NOT NULL,
    began       INTEGER NOT NULL,
    ended       INTEGER,                  -- NULL: goes on
    why         TEXT NOT NULL DEFAULT '',
    cpu_us      INTEGER NOT NULL DEFAULT 0,
    memory_peak INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX run_workspace ON run (workspace);
CREATE INDEX run_namespace ON run (namespace, began);
CREATE INDEX run_open ON run (ended) WHERE ended IS NULL;

CREATE TABLE event (                      -- appended before it is acted on
    seq         INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL,            -- 'workspace.state', 'project.update'
    subject     TEXT NOT NULL,
    namespace   TEXT NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX event_subject ON event (subject, seq);
