DROP INDEX ix_web_session_latest;
ALTER TABLE web_session DROP COLUMN new_place;
ALTER TABLE sign_in_pending DROP COLUMN began_by;
DROP TABLE spent_once, identity_tie, security_key;
