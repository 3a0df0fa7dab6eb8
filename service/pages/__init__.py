"""Pages for people: each is a value (what it shows, in words) and a template without logic; views join the two."""
