REVOKE SELECT (country) ON fact_qualification FROM registry_stats;
DROP POLICY counted ON fact_planning;
REVOKE SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, position) ON fact_planning FROM registry_stats;
DROP POLICY counted ON fact_secondment;
REVOKE SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, movement, to_unit) ON fact_secondment FROM registry_stats;
