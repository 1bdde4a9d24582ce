-- Switches make several runs of one session.

ALTER TABLE run ADD COLUMN session INTEGER; -- when the first run in this sandbox began; NULL: with this one
