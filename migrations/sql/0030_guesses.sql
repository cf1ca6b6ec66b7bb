ALTER TABLE change_operation ADD COLUMN said text[];
ALTER TABLE import_planned ADD COLUMN said text[];
-- What was made before has none: its digest was shown already, and stays what it was.
ALTER TABLE change ADD COLUMN salt uuid;
ALTER TABLE change ALTER COLUMN salt SET DEFAULT gen_random_uuid();

DROP INDEX ix_audit_event_actor, ix_audit_event_object;
CREATE INDEX ix_audit_event_actor ON audit_event (actor_id, at, action);
CREATE INDEX ix_audit_event_object ON audit_event (object_id, at, action, actor_id);
