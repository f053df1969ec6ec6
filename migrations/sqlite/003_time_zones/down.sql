DROP TRIGGER IF EXISTS frontdesk_check_timezone_update;
DROP TRIGGER IF EXISTS frontdesk_check_timezone_insert;
DROP TABLE IF EXISTS iana_time_zones;
