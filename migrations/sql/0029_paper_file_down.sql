DROP TABLE fact_paper_file;
DROP FUNCTION fact_paper_file_entered();
