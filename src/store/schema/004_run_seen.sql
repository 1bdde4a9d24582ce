-- What a run is charged when its end was not seen, and when it is one of several in one sandbox.

ALTER TABLE run ADD COLUMN seen INTEGER;                        -- when it was last heard of
ALTER TABLE run ADD COLUMN cpu_base INTEGER NOT NULL DEFAULT 0; -- what the sandbox had used before it, microseconds
