DROP TRIGGER quality_due_new ON official;
DROP TRIGGER quality_due ON official;
DROP FUNCTION registry_quality_due();
DELETE FROM job WHERE kind = 'quality.refresh';
DROP TABLE quality_entry, quality_score, quality_finding, quality_due, law_workday;
