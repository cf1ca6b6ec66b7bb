-- How many officials of the whole nation have each field of the record: counts without persons, made anew by the
-- worker each day.

CREATE TABLE field_share (
    kind text NOT NULL,
    field text NOT NULL,
    officials integer NOT NULL,
    people integer NOT NULL,
    counted_on date NOT NULL,
    CONSTRAINT pk_field_share PRIMARY KEY (kind, field)
);
GRANT SELECT ON field_share TO registry_web, registry_stats, registry_audit;
GRANT SELECT, INSERT, UPDATE, DELETE ON field_share TO registry_worker;
