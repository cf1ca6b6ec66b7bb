-- What the statutory forms further count: rotations, plans for posts, degrees from abroad. No text that names anybody.
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, movement, to_unit) ON fact_secondment TO registry_stats;
CREATE POLICY counted ON fact_secondment FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, position) ON fact_planning TO registry_stats;
CREATE POLICY counted ON fact_planning FOR SELECT TO registry_stats USING (true);
GRANT SELECT (country) ON fact_qualification TO registry_stats;
