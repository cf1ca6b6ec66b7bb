ALTER TABLE app_user DROP COLUMN used_at;
ALTER TABLE api_token DROP COLUMN proved_at;
ALTER TABLE web_session DROP COLUMN proved_at;
ALTER TABLE idempotent_reply DROP COLUMN rights;
DROP TRIGGER handed_in_by_right ON change;
DROP FUNCTION registry_handed_in_by_right();
DROP FUNCTION registry_may_make(bigint, int, text, date);
REVOKE SELECT (id, uid, user_id, name, scopes, created_at, expires_at, ended_at, asked_by, confirmed_by, confirmed_at)
    ON api_token FROM registry_audit;
DROP POLICY audited ON import_finding;
DROP POLICY audited ON import_row;
REVOKE SELECT ON import_row, import_finding FROM registry_audit;
ALTER TABLE audit_progress DROP COLUMN form;
