"""What tasks are asked about: reviews with their orders, a small shop database and questions on it, tables of insights."""
