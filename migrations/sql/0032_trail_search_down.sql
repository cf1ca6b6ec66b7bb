DROP INDEX ix_audit_event_actor, ix_audit_event_action, ix_audit_event_object, ix_audit_event_official;
CREATE INDEX ix_audit_event_actor ON audit_event (actor_id, at, action);
CREATE INDEX ix_audit_event_action ON audit_event (action, at);
CREATE INDEX ix_audit_event_object ON audit_event (object_id, at, action, actor_id);
CREATE INDEX ix_audit_event_official ON audit_event (official_id, at) WHERE official_id IS NOT NULL;
