DROP TRIGGER change_two_people ON change;
DROP FUNCTION registry_two_people();
DROP FUNCTION registry_fate_of_proposals(bigint[]);
DROP POLICY seen ON campaign;
DROP TABLE campaign_task, campaign, proposal;
