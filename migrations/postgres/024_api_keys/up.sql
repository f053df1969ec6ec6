BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS api_keys (
    id SERIAL PRIMARY KEY,
    name VARCHAR(100) NOT NULL DEFAULT '',
    role VARCHAR(20) NOT NULL CHECK (role IN ('admin', 'client', 'viewer')),
    client_id INTEGER REFERENCES clients (id) ON DELETE CASCADE,
    prefix VARCHAR(20) NOT NULL,
    hash VARCHAR(64) NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP,
    last_used_at TIMESTAMP,
    revoked_at TIMESTAMP,
    CHECK (role = 'viewer' OR (role = 'client') = (client_id IS NOT NULL))
);
CREATE UNIQUE INDEX IF NOT EXISTS idx_api_keys_hash ON api_keys (hash);
CREATE INDEX IF NOT EXISTS idx_api_keys_client ON api_keys (client_id);
COMMENT ON TABLE api_keys IS 'Keys of the administration. To end one at once: UPDATE api_keys SET revoked_at = now() AT TIME ZONE ''UTC'' WHERE prefix = ..';
COMMENT ON COLUMN api_keys.client_id IS 'Whose things the key opens; NULL: those of all clients, for the roles admin and viewer alone';
COMMENT ON COLUMN api_keys.prefix IS 'What the key begins with, to recognise it by; it is no secret';
COMMENT ON COLUMN api_keys.hash IS 'SHA-256 of the whole key, which is stored nowhere';
COMMENT ON COLUMN api_keys.last_used_at IS 'Written at most once a minute';
COMMIT;
