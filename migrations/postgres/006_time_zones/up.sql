BEGIN;
-- A copy of what the server knows: pg_timezone_names reads hundreds of files for each look.
CREATE TABLE IF NOT EXISTS iana_time_zones (name TEXT PRIMARY KEY);
CREATE INDEX IF NOT EXISTS idx_iana_time_zones_lower ON iana_time_zones (lower(name));
INSERT INTO iana_time_zones (name)
SELECT name FROM pg_timezone_names
WHERE name !~ '^(posix|right)/' AND name NOT IN ('posixrules', 'localtime', 'Factory', 'Etc/Unknown')
ON CONFLICT DO NOTHING;
COMMENT ON TABLE iana_time_zones IS 'The time zones that client_llm_usage.reset_timezone may be';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- A time zone is checked when it is written, and stored as the IANA database spells it.
CREATE OR REPLACE FUNCTION frontdesk_check_timezone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_name TEXT;
BEGIN
    SELECT name INTO v_name FROM iana_time_zones WHERE lower(name) = lower(NEW.reset_timezone)
    ORDER BY name = NEW.reset_timezone DESC LIMIT 1;
    IF v_name IS NULL THEN
        RAISE EXCEPTION 'unknown time zone "%": use an IANA name such as "UTC" or "Europe/Berlin"', NEW.reset_timezone
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    NEW.reset_timezone := v_name;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER frontdesk_check_timezone_insert BEFORE INSERT ON client_llm_usage FOR EACH ROW
    WHEN (NEW.reset_timezone <> 'UTC') EXECUTE FUNCTION frontdesk_check_timezone();
CREATE OR REPLACE TRIGGER frontdesk_check_timezone_update BEFORE UPDATE OF reset_timezone ON client_llm_usage FOR EACH ROW
    WHEN (NEW.reset_timezone <> 'UTC' AND NEW.reset_timezone IS DISTINCT FROM OLD.reset_timezone) EXECUTE FUNCTION frontdesk_check_timezone();
COMMIT;
