"""Where every row went, counted again from the tables: the numbers, a page for people, JSON for programs."""
