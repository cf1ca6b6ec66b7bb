DROP INDEX ix_audit_event_actor, ix_audit_event_object;
CREATE INDEX ix_audit_event_actor ON audit_event (actor_id, at);
CREATE INDEX ix_audit_event_object ON audit_event (object_id, at);

ALTER TABLE change DROP COLUMN salt;
ALTER TABLE import_planned DROP COLUMN said;
ALTER TABLE change_operation DROP COLUMN said;
