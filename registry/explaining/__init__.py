"""Why somebody may, or may not, do something: the deciding function's own answer, told rule by rule."""
