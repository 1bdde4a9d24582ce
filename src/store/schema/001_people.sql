-- People, what they log in with, and teams.  Times are seconds since 1970, UTC.

CREATE TABLE namespace (                 -- users and teams share one space of names
    name        TEXT PRIMARY KEY COLLATE NOCASE,
    kind        TEXT NOT NULL CHECK (kind IN ('user', 'team'))
) WITHOUT ROWID;

CREATE TABLE user (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE COLLATE NOCASE REFERENCES namespace (name),
    email       TEXT NOT NULL DEFAULT '',
    password    TEXT,                    -- argon2id; NULL: cannot log in by password
    role        TEXT NOT NULL CHECK (role IN ('user', 'admin')),
    number      INTEGER NOT NULL UNIQUE, -- chooses the range of uids; never used again
    disabled    INTEGER NOT NULL DEFAULT 0,
    created     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE team (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE COLLATE NOCASE REFERENCES namespace (name),
    created     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE team_member (
    team        TEXT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    user        TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    role        TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    PRIMARY KEY (team, user)
) WITHOUT ROWID;
CREATE INDEX team_member_user ON team_member (user);

CREATE TABLE api_key (                   -- the key itself is shown once and never stored
    id          TEXT PRIMARY KEY,
    user        TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    sha256      TEXT NOT NULL UNIQUE,
    created     INTEGER NOT NULL,
    used        INTEGER
) WITHOUT ROWID;
CREATE INDEX api_key_user ON api_key (user);

CREATE TABLE login (                     -- one browser that is logged in
    sha256      TEXT PRIMARY KEY,        -- of its cookie
    user        TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    agent       TEXT NOT NULL DEFAULT '',
    created     INTEGER NOT NULL,
    seen        INTEGER NOT NULL,
    expires     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX login_user ON login (user);

CREATE TABLE setting (
    key         TEXT PRIMARY KEY,
    value       TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE audit (
    seq         INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    who         TEXT NOT NULL,           -- a user's name, 'admin (console)' or ''
    address     TEXT NOT NULL DEFAULT '',
    what        TEXT NOT NULL,           -- 'user.create', 'workspace.stop'
    subject     TEXT NOT NULL DEFAULT '',
    detail      TEXT NOT NULL DEFAULT ''
);
