-- Sign-ins that failed, so that a restart does not give a guesser new tries.

CREATE TABLE attempt (
    key         TEXT PRIMARY KEY,        -- 'address 10.0.0.1', 'name alice', 'pair alice 10.0.0.1'
    failures    INTEGER NOT NULL,
    last        INTEGER NOT NULL
) WITHOUT ROWID;
