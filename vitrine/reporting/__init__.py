"""What people look at: the HTML report and its charts. Nothing that computes, so that a new chart re-trains nothing."""
