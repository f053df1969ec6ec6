-- Keys of the administration; client_id: whose things a key opens, NULL those of all clients; prefix: what it begins
-- with, which is no secret; hash: SHA-256 of the whole key, which is stored nowhere.
CREATE TABLE IF NOT EXISTS api_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL CHECK (role IN ('admin', 'client', 'viewer')),
    client_id INTEGER REFERENCES clients (id) ON DELETE CASCADE,
    prefix TEXT NOT NULL,
    hash TEXT NOT NULL CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*'),
    created_at TEXT NOT NULL,
    expires_at TEXT,
    last_used_at TEXT,
    revoked_at TEXT,
    CHECK (role = 'viewer' OR (role = 'client') = (client_id IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS idx_api_keys_hash ON api_keys (hash);
CREATE INDEX IF NOT EXISTS idx_api_keys_client ON api_keys (client_id);
