-- A right takes two administrators: one gives it, another confirms it. What the operator of the machine enters (granted_by is
-- empty then) holds at once, and so does what was given before.
ALTER TABLE access_grant ADD COLUMN confirmed_by bigint, ADD COLUMN confirmed_at timestamptz,
    ADD CONSTRAINT fk_access_grant_confirmed_by FOREIGN KEY (confirmed_by) REFERENCES app_user (id);
UPDATE access_grant SET confirmed_at = granted_at WHERE granted_by IS NOT NULL;
ALTER TABLE access_grant
    ADD CONSTRAINT ck_access_grant_for_another CHECK (granted_by <> user_id),
    ADD CONSTRAINT ck_access_grant_two_officers CHECK (confirmed_by <> granted_by AND confirmed_by <> user_id),
    ADD CONSTRAINT ck_access_grant_confirmed CHECK (confirmed_by IS NULL OR confirmed_at IS NOT NULL AND granted_by IS NOT NULL),
    -- Who manages accounts sees no personal data, and what a program may see is written on its token alone.
    ADD CONSTRAINT ex_access_grant_apart EXCLUDE USING gist (user_id WITH =,
        (CASE role WHEN 'administrator' THEN 1 WHEN 'client' THEN 2 ELSE 0 END) WITH <>,
        daterange(valid_from, valid_to) WITH &&);

ALTER TABLE api_token ADD COLUMN asked_by bigint, ADD COLUMN confirmed_by bigint, ADD COLUMN confirmed_at timestamptz,
    ADD CONSTRAINT fk_api_token_asked_by FOREIGN KEY (asked_by) REFERENCES app_user (id),
    ADD CONSTRAINT fk_api_token_confirmed_by FOREIGN KEY (confirmed_by) REFERENCES app_user (id),
    ADD CONSTRAINT ck_api_token_two_officers CHECK (confirmed_by <> asked_by),
    ADD CONSTRAINT ck_api_token_confirmed CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)
        AND (confirmed_by IS NULL OR asked_by IS NOT NULL));

-- What the service may write: a right as the account that acts gives it, waiting; its confirmation, once, by who acts; its end,
-- only earlier. A program's token (one with scopes) likewise.
REVOKE UPDATE ON access_grant, api_token FROM registry_web;
GRANT UPDATE (valid_to, confirmed_by, confirmed_at) ON access_grant TO registry_web;
GRANT UPDATE (ended_at, confirmed_by, confirmed_at) ON api_token TO registry_web;
CREATE FUNCTION registry_right_by_two() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    who constant bigint := nullif(current_setting('app.user', true), '')::bigint;
    first_hand bigint;
    concerned bigint[];
BEGIN
    concerned := ARRAY[NEW.user_id, NEW.confirmed_by,
        CASE TG_TABLE_NAME WHEN 'access_grant' THEN to_jsonb(NEW) ->> 'granted_by' ELSE to_jsonb(NEW) ->> 'asked_by' END::bigint];
    IF (TG_OP = 'INSERT' OR NEW.confirmed_by IS DISTINCT FROM OLD.confirmed_by)
        AND EXISTS (SELECT FROM app_user a JOIN app_user b ON b.official_id = a.official_id AND b.id <> a.id
            WHERE a.id = ANY (concerned) AND b.id = ANY (concerned)) THEN
        RAISE EXCEPTION 'two accounts of one official'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_' || TG_TABLE_NAME || '_two_officers';
    END IF;
    IF current_user <> 'registry_web' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF TG_TABLE_NAME = 'access_grant' THEN
            first_hand := NEW.granted_by;
        ELSIF NEW.scopes = '{}' THEN
            RETURN NEW;
        ELSE
            first_hand := NEW.asked_by;
        END IF;
        IF first_hand IS DISTINCT FROM who OR NEW.confirmed_by IS NOT NULL OR NEW.confirmed_at IS NOT NULL THEN
            RAISE EXCEPTION 'a right is given by the account that acts and waits for another'
                USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'two_officers';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.confirmed_by, NEW.confirmed_at) IS DISTINCT FROM (OLD.confirmed_by, OLD.confirmed_at)
        AND (OLD.confirmed_at IS NOT NULL OR NEW.confirmed_by IS DISTINCT FROM who) THEN
        RAISE EXCEPTION 'a right is confirmed once, by the account that acts'
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'two_officers';
    END IF;
    IF TG_TABLE_NAME = 'access_grant' THEN
        IF OLD.valid_to IS NOT NULL AND coalesce(NEW.valid_to > OLD.valid_to, true) THEN
            RAISE EXCEPTION 'the end of a right is not put off'
                USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'two_officers';
        END IF;
    ELSIF OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL THEN
        RAISE EXCEPTION 'a token that ended stays ended'
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'two_officers';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER two_officers BEFORE INSERT OR UPDATE ON access_grant FOR EACH ROW EXECUTE FUNCTION registry_right_by_two();
CREATE TRIGGER two_officers BEFORE INSERT OR UPDATE ON api_token FOR EACH ROW EXECUTE FUNCTION registry_right_by_two();
