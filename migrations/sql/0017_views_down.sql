DROP TABLE statistics_view;
