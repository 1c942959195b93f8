"""Controls: scores of replies that ignore the prompt or need no language model. They are shown with every score."""
