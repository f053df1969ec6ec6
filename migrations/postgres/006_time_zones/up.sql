BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- A time zone is checked when it is written, and stored as the IANA database spells it.
CREATE OR REPLACE FUNCTION frontdesk_check_timezone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_name TEXT;
BEGIN
    SELECT name INTO v_name FROM pg_timezone_names
    WHERE lower(name) = lower(NEW.reset_timezone) AND name !~ '^(posix|right)/' AND name NOT IN ('posixrules', 'localtime', 'Factory')
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
