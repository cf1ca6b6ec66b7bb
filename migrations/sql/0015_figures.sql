-- What the counting role further reads: languages, computer skills, courses, rewards, measures. No text that names anybody.
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, language, level) ON fact_language TO registry_stats;
CREATE POLICY counted ON fact_language FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, level) ON fact_it_skill TO registry_stats;
CREATE POLICY counted ON fact_it_skill FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, training) ON fact_training TO registry_stats;
CREATE POLICY counted ON fact_training FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, form, year) ON fact_reward TO registry_stats;
CREATE POLICY counted ON fact_reward FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, form, authority, step_delay_months) ON fact_discipline TO registry_stats;
CREATE POLICY counted ON fact_discipline FOR SELECT TO registry_stats USING (true);
-- registry_stopped_months asks whether a status is believed now.
GRANT SELECT (closed_by) ON fact_status TO registry_stats;
