DO $$
DECLARE watched text; name text;
BEGIN
    FOREACH watched IN ARRAY ARRAY['official', 'catalogue_item', 'organization', 'organization_version',
            'organization_successor'] LOOP
        FOREACH name IN ARRAY ARRAY['statistics_new', 'statistics_altered', 'statistics_gone'] LOOP
            EXECUTE format('DROP TRIGGER %I ON %I', name, watched);
        END LOOP;
    END LOOP;
END $$;
DROP FUNCTION registry_statistics_touched();
DROP TABLE statistics_touched, statistics_epoch;
