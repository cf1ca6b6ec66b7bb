-- What can be asked together, and what the policy reads, stands in each index: keys are found without the rows.
DROP INDEX ix_audit_event_actor, ix_audit_event_action, ix_audit_event_object, ix_audit_event_official;
CREATE INDEX ix_audit_event_actor ON audit_event (actor_id, at, id, action, official_id);
CREATE INDEX ix_audit_event_action ON audit_event (action, at, id, actor_id, official_id);
CREATE INDEX ix_audit_event_object ON audit_event (object_id, at, id, action, actor_id, official_id);
CREATE INDEX ix_audit_event_official ON audit_event (official_id, at, id, action, actor_id) WHERE official_id IS NOT NULL;
