-- Names: one folded form for search, one key for Vietnamese order. Both immutable, so that columns can store them.

-- NFC, lower case, no diacritics, đ as d, inner hyphens and apostrophes as spaces, single spaces.
CREATE FUNCTION registry_fold(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(translate(lower(normalize(name, NFC)),
        'àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵđ',
        'aaaaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyyd'), '[^[:alnum:]]+', ' ', 'g'))
$$;

-- Given name first, then surname, then middle names; letters in the order of the Vietnamese alphabet, and only
-- where all letters agree the tones: ngang, huyền, hỏi, ngã, sắc, nặng. Compare with COLLATE "C".
CREATE FUNCTION registry_sort_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT translate(turned,
        'aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệfghiìỉĩíịjklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvwxyỳỷỹýỵz',
        '00000011111122222234567777778888889ABCCCCCCDEFGHIIIIIIJJJJJJKKKKKKLMNOPQQQQQQRRRRRRSTUVVVVVVW')
        || E'\x01' ||
        translate(turned,
        'àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵaăâbcdđeêfghijklmnoôơpqrstuưvwxyz''-.',
        '234562345623456234562345623456234562345623456234562345623456')
    FROM (SELECT regexp_replace(lower(normalize(name, NFC)), '^(\S+)\s+(?:(.*)\s+)?(\S+)$', '\3 \1 \2') AS turned) AS name_turned
$$;
