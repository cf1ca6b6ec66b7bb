DROP TABLE field_share;
