DROP TRIGGER two_officers ON access_grant;
DROP TRIGGER two_officers ON api_token;
DROP FUNCTION registry_right_by_two();
-- What waits would hold at once below: it is taken back.
UPDATE access_grant SET valid_to = valid_from WHERE granted_by IS NOT NULL AND confirmed_at IS NULL;
UPDATE api_token SET ended_at = coalesce(ended_at, now()) WHERE asked_by IS NOT NULL AND confirmed_at IS NULL;
ALTER TABLE access_grant DROP CONSTRAINT ex_access_grant_apart, DROP CONSTRAINT ck_access_grant_for_another,
    DROP CONSTRAINT ck_access_grant_two_officers, DROP CONSTRAINT ck_access_grant_confirmed,
    DROP COLUMN confirmed_by, DROP COLUMN confirmed_at;
ALTER TABLE api_token DROP CONSTRAINT ck_api_token_two_officers, DROP CONSTRAINT ck_api_token_confirmed,
    DROP COLUMN asked_by, DROP COLUMN confirmed_by, DROP COLUMN confirmed_at;
REVOKE UPDATE (valid_to) ON access_grant FROM registry_web;
REVOKE UPDATE (ended_at) ON api_token FROM registry_web;
GRANT UPDATE ON access_grant, api_token TO registry_web;
