DROP TABLE account_recovery, sign_in_source, sign_in_tries, sign_in_pending, recovery_code, second_factor;
DROP FUNCTION registry_two_officers();
DROP INDEX ix_api_token_user_id, ix_web_session_user_id;
ALTER TABLE api_token DROP COLUMN agent, DROP COLUMN uid;
ALTER TABLE web_session DROP COLUMN agent, DROP COLUMN uid;
ALTER TABLE app_user ADD COLUMN failed_logins INTEGER DEFAULT '0' NOT NULL;
