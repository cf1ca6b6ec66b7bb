-- Names: one folded form for search, one key for Vietnamese order. Both immutable, so that columns can store them.

-- NFC, lower case, no diacritics, đ as d, inner hyphens and apostrophes as spaces, single spaces. The letters with a
-- breve, háček, tilde or stroke are those of Ê Đê, Gia Rai and Ba Na names; a breve that stands alone is dropped.
CREATE FUNCTION registry_fold(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(translate(lower(normalize(name, NFC)),
        'àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵđŏŭĭĕčñƀ' || E'\u0306',
        'aaaaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyydoueicnb'), '[^[:alnum:]]+', ' ', 'g'))
$$;

-- Given name first, then surname, then middle names; letters in the order of the Vietnamese alphabet, and only
-- where all letters agree the tones: ngang, huyền, hỏi, ngã, sắc, nặng. Letters of other scripts of the country stand
-- right behind their plain ones. Compare with COLLATE "C".
CREATE FUNCTION registry_sort_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT translate(turned,
        'aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệfghiìỉĩíịjklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvwxyỳỷỹýỵzŏŭĭĕčñƀ' || E'\u0306',
        '00000011111122222234567777778888889ABCCCCCCDEFGHIIIIIIJJJJJJKKKKKKLMNOPQQQQQQRRRRRRSTUVVVVVVWIQC74H3')
        || E'\x01' ||
        translate(turned,
        'àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵŏŭĭĕčñƀaăâbcdđeêfghijklmnoôơpqrstuưvwxyz''-.' || E'\u0306',
        '2345623456234562345623456234562345623456234562345623456234561111111')
    FROM (SELECT regexp_replace(lower(normalize(name, NFC)), '^(\S+)\s+(?:(.*)\s+)?(\S+)$', '\3 \1 \2') AS turned) AS name_turned
$$;
